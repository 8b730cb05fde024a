-- What companies earned and were charged, item by item: facts that never change, and the payout that has them.
create table items (
    -- line, delivery or refund.
    kind                text        not null,
    -- The order; of a refund the return.
    source              uuid        not null,
    -- The line or part; of a refund the return's line.
    number              integer     not null,
    company             uuid        not null,
    order_id            uuid        not null,
    currency            text        not null,
    exponent            smallint    not null,
    sales               bigint      not null,
    commission          bigint      not null,
    refunds             bigint      not null,
    refunded_commission bigint      not null,
    delivery_fees       bigint      not null,
    -- The event that made it: items become due in this order.
    position            bigint      not null,
    effective_at        timestamptz not null,
    recorded_at         timestamptz not null,
    payout              uuid,
    primary key (source, number, kind)
);

-- Sums of each company and currency.
create table accounts (
    company             uuid     not null,
    currency            text     not null,
    exponent            smallint not null,
    lines               bigint   not null,
    sales               numeric  not null,
    commission          numeric  not null,
    refunds             numeric  not null,
    refunded_commission numeric  not null,
    delivery_fees       numeric  not null,
    -- In payouts that are neither paid nor failed.
    in_payout           numeric  not null,
    paid                numeric  not null,
    primary key (company, currency)
);

create table payouts (
    id                  uuid        primary key,
    company             uuid        not null,
    status              text        not null,
    currency            text        not null,
    exponent            smallint    not null,
    item_count          integer     not null,
    sales               bigint      not null,
    commission          bigint      not null,
    refunds             bigint      not null,
    refunded_commission bigint      not null,
    delivery_fees       bigint      not null,
    total               bigint      not null,
    reference           text,
    failure_reason      text,
    version             bigint      not null,
    created_at          timestamptz not null,
    paid_at             timestamptz,
    updated_at          timestamptz not null
);

-- Which items a payout was created with, failed ones too.
create table payout_items (
    payout uuid    not null,
    kind   text    not null,
    source uuid    not null,
    number integer not null,
    primary key (payout, source, number, kind)
);

-- Vendors' lines and fees of orders that have not arrived whole.
create table pending_orders (
    order_id uuid primary key,
    content  json not null
);

-- What each return will charge, until its credit is issued.
create table pending_refunds (
    return_id uuid primary key,
    content   json not null
);
