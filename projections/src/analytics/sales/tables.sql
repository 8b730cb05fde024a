-- Countries are '' where the source names none, because a key holds no null. Sums are numeric: they may outgrow
-- what a single amount can be.

-- Whole orders and credits.
create table sales_days (
    day            date     not null,
    country        text     collate "C" not null,
    currency       text     collate "C" not null,
    exponent       smallint not null,
    orders         bigint   not null,
    order_lines    bigint   not null,
    units_sold     bigint   not null,
    subtotal       numeric  not null,
    discount       numeric  not null,
    delivery       numeric  not null,
    tax            numeric  not null,
    rounding       numeric  not null,
    total          numeric  not null,
    credits        bigint   not null,
    credit_lines   bigint   not null,
    units_returned bigint   not null,
    credited       numeric  not null,
    primary key (day, country, currency)
) with (fillfactor = 70);

-- Their lines, by product.
create table product_days (
    day            date     not null,
    product        uuid     not null,
    country        text     collate "C" not null,
    currency       text     collate "C" not null,
    exponent       smallint not null,
    sku            text     not null,
    lines_sold     bigint   not null,
    units_sold     bigint   not null,
    gross          numeric  not null,
    discount       numeric  not null,
    lines_returned bigint   not null,
    units_returned bigint   not null,
    credited       numeric  not null,
    primary key (day, product, country, currency)
) with (fillfactor = 70);

-- Corrections of the stock: no sales, and counted apart.
create table adjustment_days (
    day         date   not null,
    product     uuid   not null,
    adjustments bigint not null,
    units       bigint not null,
    primary key (day, product)
) with (fillfactor = 70);

-- What a return will put into the figures once its credit is issued.
create table return_facts (
    return_id  uuid     primary key,
    country    text     not null,
    currency   text     not null,
    total      bigint   not null,
    products   uuid[]   not null,
    skus       text[]   not null,
    quantities bigint[] not null,
    totals     bigint[] not null
);
