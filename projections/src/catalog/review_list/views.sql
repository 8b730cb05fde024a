create or replace view read.reviews as
select id, product, customer, rating, purchase is not null as verified, status, cardinality(flags) as open_flags,
       version, created_at, updated_at
from reviews;

comment on view read.reviews is 'One row per review that was written and not removed; its text is not here.';
comment on column read.reviews.id is 'The review''s UUID; rev_ and its 32 hex digits in the API.';
comment on column read.reviews.product is 'UUID of the product.';
comment on column read.reviews.customer is 'UUID of the account that wrote it.';
comment on column read.reviews.rating is 'Stars, 1 to 5.';
comment on column read.reviews.verified is 'Whether an order had brought the product to its author.';
comment on column read.reviews.status is 'pending, published or rejected; only published ones count in a product''s rating.';
comment on column read.reviews.open_flags is 'How many readers have flagged it since it was last moderated.';
comment on column read.reviews.version is 'Number of events of the review so far.';
comment on column read.reviews.created_at is 'When it was first written.';
comment on column read.reviews.updated_at is 'When its last change was recorded.';
