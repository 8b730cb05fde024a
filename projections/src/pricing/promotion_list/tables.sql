create table promotions (
    id          uuid        primary key,
    terms       json        not null,
    kind        text        not null,
    priority    integer     not null,
    activation  text        not null,
    stacking    text        not null,
    valid_from  timestamptz not null,
    valid_until timestamptz,
    ended       boolean     not null,
    end_reason  text,
    version     bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

create table coupons (
    code        text        primary key,
    id          uuid        not null,
    terms       json        not null,
    promotion   uuid,
    valid_from  timestamptz not null,
    valid_until timestamptz,
    ended       boolean     not null,
    end_reason  text,
    version     bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

create table order_discounts (
    order_id  uuid     not null,
    number    integer  not null,
    promotion uuid,
    coupon    text,
    currency  text     not null,
    exponent  smallint not null,
    amount    bigint   not null,
    lines     json     not null,
    cancelled boolean  not null,
    primary key (order_id, number)
);

create table promotion_usage (
    promotion uuid   not null,
    currency  text   not null,
    orders    bigint not null,
    granted   bigint not null,
    primary key (promotion, currency)
);

create table coupon_usage (
    code     text   not null,
    currency text   not null,
    orders   bigint not null,
    granted  bigint not null,
    primary key (code, currency)
);
