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

-- Apart from the products, because it changes with every order and they do not.
create table product_stock (
    product   uuid   primary key,
    available bigint not null
) with (fillfactor = 70);
