create table addresses (
    id            uuid        primary key,
    customer      uuid        not null,
    country       text,
    zone          text,
    -- Sealed by the event that details_event names; the row goes when its customer is erased.
    details       text        not null,
    details_event uuid        not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);

create table address_books (
    customer        uuid   primary key,
    default_address uuid,
    version         bigint not null
);
