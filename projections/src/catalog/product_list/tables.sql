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
    attributes         json        not null,
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
    search             text        not null,
    slug               text        collate "C",
    featured           boolean     not null,
    sale_zones         text[]      not null,
    -- What it is found by, each word made plain: titles, codes and tags; and descriptions.
    main_words         text        not null,
    other_words        text        not null,
    document           tsvector    not null generated always as (
        setweight(to_tsvector('pg_catalog.simple'::regconfig, main_words), 'A')
        || setweight(to_tsvector('pg_catalog.simple'::regconfig, other_words), 'D')
    ) stored
);

-- Apart from the products, because it changes with every order and they do not.
create table product_stock (
    product   uuid   primary key,
    available bigint not null
) with (fillfactor = 70);

-- Every slug that a product has or had.
create table product_slugs (
    slug    text not null collate "C" primary key,
    product uuid not null
);

-- Every word that any product was ever found by, and what is left of it without one of its letters: two words that
-- are one slip of the pen apart share one of these.
create table words (
    word text not null collate "C" primary key
);
create table word_deletions (
    deletion text not null collate "C",
    word     text not null collate "C",
    primary key (deletion, word)
);

-- Companies that were closed at some time, and whether they sell again: what a closed one has is not on sale.
create table companies (
    company   uuid    primary key,
    is_active boolean not null
);
