create table accounts (
    id            uuid        primary key,
    role          text        not null,
    zones         text[]      not null,
    company       uuid,
    active        boolean     not null,
    -- Sealed by the event that profile_event names; blanked when the account is erased.
    display_name  text,
    phone         text,
    locale        text,
    profile_event uuid,
    erased_at     timestamptz,
    version       bigint      not null,
    registered_at timestamptz not null,
    updated_at    timestamptz not null
);
