-- What customers have, and how it came to that.
create table accounts (
    customer   uuid        primary key,
    balance    bigint      not null,
    owed       bigint      not null,
    earned     bigint      not null,
    adjusted   bigint      not null,
    taken_back bigint      not null,
    redeemed   bigint      not null,
    expired    bigint      not null,
    updated_at timestamptz not null
);

create table movements (
    position    bigint      primary key,
    customer    uuid        not null,
    kind        text        not null,
    points      bigint      not null,
    balance     bigint      not null,
    order_id    uuid,
    return_id   uuid,
    reward      uuid,
    coupon      text,
    reason      text,
    expires_at  timestamptz,
    recorded_at timestamptz not null
);

create table rewards (
    id         uuid        primary key,
    name       json        not null,
    points     bigint      not null,
    tier       text,
    retired    boolean     not null,
    updated_at timestamptz not null
);
