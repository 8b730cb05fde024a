create table settlements (
    id                  uuid        primary key,
    company             uuid        not null,
    status              text        not null,
    currency            text        not null,
    exponent            smallint    not null,
    -- After this position and up to and including that one.
    from_position       bigint      not null,
    to_position         bigint      not null,
    opening             bigint      not null,
    sales               bigint      not null,
    commission          bigint      not null,
    refunds             bigint      not null,
    refunded_commission bigint      not null,
    delivery_fees       bigint      not null,
    payouts             bigint      not null,
    closing             bigint      not null,
    dispute_reason      text,
    closing_reason      text,
    version             bigint      not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null
);
