create index reviews_of_product on reviews (product, created_at, id) where status = 'published';
create index reviews_of_product_by_rating on reviews (product, rating, id) where status = 'published';
create index reviews_of_customer on reviews (customer, created_at, id);
create index reviews_created on reviews (created_at, id);
