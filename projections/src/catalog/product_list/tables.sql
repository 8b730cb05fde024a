create table products (
    id                 uuid        primary key,
    sku                text        collate "C" not null,
    kind               text        not null,
    title              json        not null,
    sort_title         text        collate "C" not null,
    description        json,
    categories         uuid[]      not null,
    tags               text[]      not null,
    barcode            text,
    images             json        not null,
    currency           text        not null,
    base_micros        bigint      not null,
    discounted_micros  bigint,
    wholesale_micros   bigint,
    price_micros       bigint      not null,
    min_order_quantity bigint      not null,
    company            uuid,
    external_id        text,
    status             text        not null,
    version            bigint      not null,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    search             text        not null
);

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

-- Apart from the products, because it changes with every order and they do not.
create table product_stock (
    product   uuid   primary key,
    available bigint not null
) with (fillfactor = 70);
