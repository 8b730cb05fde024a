create table units (
    id                uuid        primary key,
    code              text        not null collate "C",
    name              json        not null,
    symbol            json        not null,
    dimension         text        not null,
    scale_numerator   bigint      not null,
    scale_denominator bigint      not null,
    retired           boolean     not null,
    version           bigint      not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null
);

create table selling_units (
    id           uuid        primary key,
    product      uuid        not null,
    unit         uuid        not null,
    name         json,
    numerator    bigint      not null,
    denominator  bigint      not null,
    price_micros bigint,
    currency     text,
    barcode      text,
    sku          text,
    retired      boolean     not null,
    version      bigint      not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

-- Products that are not sold any more, by whatever unit.
create table discontinued (
    product uuid primary key
);
