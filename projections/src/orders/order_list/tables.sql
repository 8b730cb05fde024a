create table orders (
    id              uuid        primary key,
    customer        uuid,
    external_id     text,
    country         text,
    zone            text,
    fulfilment      text        not null,
    payment_method  text        not null,
    payment_status  text        not null,
    delivery_status text        not null,
    status          text        not null,
    currency        text        not null,
    exponent        smallint    not null,
    subtotal        bigint      not null,
    discount        bigint      not null,
    delivery        bigint      not null,
    tax             bigint      not null,
    rounding        bigint      not null,
    total           bigint      not null,
    credited        bigint      not null,
    line_count      integer     not null,
    units           bigint      not null,
    invoice_number  bigint,
    -- One element per part, in the order of their numbers from 1.
    part_companies  uuid[]      not null,
    part_warehouses uuid[]      not null,
    part_statuses   text[]      not null,
    cancel_reason   text,
    version         bigint      not null,
    placed_at       timestamptz not null,
    recorded_at     timestamptz not null,
    updated_at      timestamptz not null
) with (fillfactor = 80);

create table order_lines (
    order_id          uuid    not null,
    number            integer not null,
    product           uuid    not null,
    sku               text    not null,
    quantity          bigint  not null,
    unit_price_micros bigint  not null,
    total             bigint  not null,
    discount          bigint  not null,
    -- All of it null where the line is not taxed.
    tax               bigint,
    tax_basis_points  integer,
    tax_treatment     text,
    tax_rate          uuid,
    company           uuid,
    -- The allocations: where the units come from, and how many from there.
    warehouses        uuid[]  not null,
    quantities        bigint[] not null,
    primary key (order_id, number)
);

-- Units that are coming back, return by return, so that a withdrawn return can be taken out again.
create table returned_lines (
    order_id  uuid    not null,
    return_id uuid    not null,
    line      integer not null,
    quantity  bigint  not null,
    primary key (order_id, return_id, line)
);

-- What each return of an order will pay back, until its credit is issued.
create table pending_credits (
    return_id uuid   primary key,
    order_id  uuid   not null,
    amount    bigint not null
);
