create table returns (
    id               uuid        primary key,
    order_id         uuid,
    customer         uuid,
    external_id      text,
    country          text,
    status           text        not null,
    currency         text        not null,
    exponent         smallint    not null,
    total            bigint      not null,
    reason           text        not null,
    rejection_reason text,
    warehouse        uuid,
    credit_number    bigint,
    line_count       integer     not null,
    version          bigint      not null,
    requested_at     timestamptz not null,
    recorded_at      timestamptz not null,
    updated_at       timestamptz not null
);

create table return_lines (
    return_id         uuid    not null,
    number            integer not null,
    product           uuid    not null,
    sku               text    not null,
    quantity          bigint  not null,
    unit_price_micros bigint  not null,
    total             bigint  not null,
    sold_in_order     uuid,
    sold_in_line      integer,
    primary key (return_id, number)
);
