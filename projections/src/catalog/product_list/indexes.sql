-- One index for each sort order: a page is a range of it, however deep.
create index products_created on products (created_at, id);
create index products_price on products (price_micros, id);
create index products_sku on products (sku, id);
create index products_title on products (sort_title, id);
-- Few of many products match these.
create index products_categories on products using gin (categories);
create index products_company on products (company, created_at, id) where company is not null;
create index products_external_id on products (external_id) where external_id is not null;

create index products_featured on products (created_at, id) where featured;
create index products_slug on products (id) where slug is not null and status = 'active';
create index products_document on products using gin (document);
create index product_slugs_product on product_slugs (product);

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

-- Words that look like others, for slips of the pen beyond the first. The function is made of what is there now: its
-- body is bound to the tables themselves, so it outlives the schema's renaming when a rebuild takes its place.
do $$
begin
    create index words_similar on words using gin (word public.gin_trgm_ops);
    execute 'create function similar_words(wanted text[]) returns setof text language sql stable begin atomic
                 select w.word from unnest(wanted) as asked (one)
                   join words w on w.word operator(public.%) asked.one; end';
exception when undefined_object or undefined_function or undefined_file or insufficient_privilege then
    raise notice 'pg_trgm is not available: a search forgives one slip of the pen in a word, and not two';
    execute 'create function similar_words(wanted text[]) returns setof text language sql stable begin atomic
                 select one from unnest(wanted) as asked (one) where false; end';
end
$$;
