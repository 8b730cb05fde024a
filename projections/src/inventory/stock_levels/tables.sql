create table levels (
    product   uuid   not null,
    warehouse uuid   not null,
    on_hand   bigint not null,
    reserved  bigint not null,
    held      bigint not null,
    threshold bigint not null,
    available bigint not null generated always as (on_hand - reserved - held) stored,
    level     text   not null generated always as (
        case when on_hand - reserved - held <= 0 then 'out'
             when on_hand - reserved - held <= threshold then 'low'
             else 'normal' end) stored,
    primary key (product, warehouse)
) with (fillfactor = 70);

create table products (
    id     uuid primary key,
    sku    text not null,
    title  json not null,
    status text not null,
    -- Millionths of one unit of the currency.
    base_micros bigint not null,
    currency    text   not null
);

-- What is on hand of each lot; a lot without a code has the empty one, and one that never expires ends at infinity.
create table lots (
    product    uuid   not null,
    warehouse  uuid   not null,
    code       text   collate "C" not null,
    expires_on date   not null,
    units      bigint not null,
    primary key (product, warehouse, expires_on, code)
);

create table warehouses (
    id        uuid        primary key,
    code      text        collate "C" not null,
    name      json        not null,
    country   text,
    zones     text[]      not null,
    status    text        not null,
    version   bigint      not null,
    opened_at timestamptz not null,
    -- Millionths of a degree (WGS 84).
    latitude_e6  integer,
    longitude_e6 integer,
    shipping  json        not null default '[]',
    -- Of stores, which have a public front.
    time_zone    text,
    hours        json,
    radius_m     bigint,
    store_status text
);
