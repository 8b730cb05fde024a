create table price_lists (
    id            uuid        primary key,
    name          json        not null,
    customers     uuid[]      not null,
    groups        text[]      not null,
    currency      text        not null,
    valid_from    timestamptz not null,
    valid_until   timestamptz,
    priority      integer     not null,
    prices        integer     not null,
    ended         boolean     not null,
    retire_reason text,
    version       bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);

create table list_prices (
    list              uuid   not null,
    product           uuid   not null,
    from_quantity     bigint not null,
    unit_price_micros bigint not null,
    primary key (list, product, from_quantity)
);
