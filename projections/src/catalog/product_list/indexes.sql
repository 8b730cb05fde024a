-- One index for each sort order: a page is a range of it, however deep.
create index products_created on products (created_at, id);
create index products_price on products (price_micros, id);
create index products_sku on products (sku, id);
create index products_title on products (sort_title, id);
-- Few of many products match these.
create index products_categories on products using gin (categories);
create index products_company on products (company, created_at, id) where company is not null;
create index products_external_id on products (external_id) where external_id is not null;

-- Search by parts of words. Where PostgreSQL came without its contributed modules the search reads the whole table,
-- slower and with the same answer.
do $$
begin
    create extension if not exists pg_trgm schema public;
    create index products_search on products using gin (search public.gin_trgm_ops);
exception when undefined_file or feature_not_supported or insufficient_privilege or undefined_object then
    raise notice 'pg_trgm is not available: product search works without an index';
end
$$;
