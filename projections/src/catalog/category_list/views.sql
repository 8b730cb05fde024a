create or replace view read.categories as
select id, parent, name ->> 'en' as name, name as names, slug, sort_order, shown_on_home, active, version, created_at,
       updated_at
from categories;

comment on view read.categories is 'One row per category that is in the tree now.';
comment on column read.categories.id is 'The category''s UUID; cat_ and its 32 hex digits in the API.';
comment on column read.categories.parent is 'The category that it hangs below; null at the top.';
comment on column read.categories.name is 'Name in English; null where there is none.';
comment on column read.categories.names is 'Names by BCP 47 language tag.';
comment on column read.categories.slug is 'Its part of an address.';
comment on column read.categories.sort_order is 'Its place among its sisters: the least first.';
comment on column read.categories.shown_on_home is 'Whether it is shown on the first page.';
comment on column read.categories.active is 'Whether customers see it.';
comment on column read.categories.version is 'Number of events of the category so far.';
comment on column read.categories.created_at is 'When it was created.';
comment on column read.categories.updated_at is 'When its last change was recorded.';
