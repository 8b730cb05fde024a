create table reviews (
    id            uuid        primary key,
    product       uuid        not null,
    customer      uuid        not null,
    rating        smallint    not null,
    -- Sealed by the event that content_event names; null once the customer is erased.
    content       text,
    content_event uuid        not null,
    purchase      uuid,
    status        text        not null,
    reason        text,
    -- Why readers flagged it since it was last moderated, in their order.
    flags         text[]      not null,
    version       bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);
