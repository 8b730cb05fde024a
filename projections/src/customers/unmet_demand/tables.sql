create table stock_alerts (
    product      uuid        not null,
    customer     uuid        not null,
    requested_at timestamptz not null,
    -- Null while the customer waits.
    served_at    timestamptz,
    primary key (product, customer)
);

create table needed_items (
    id                uuid        primary key,
    customer          uuid        not null,
    zone              text,
    quantity          bigint,
    status            text        not null,
    -- Sealed by the event that description_event names; the row goes when its customer is erased.
    description       text        not null,
    description_event uuid        not null,
    product           uuid,
    -- Sealed by the event that answer_event names.
    answer            text,
    answer_event      uuid,
    version           bigint      not null,
    created_at        timestamptz not null,
    updated_at        timestamptz not null
);
