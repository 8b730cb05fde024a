create table accounts (
    id            uuid        primary key,
    role          text        not null,
    zones         text[]      not null,
    company       uuid,
    active        boolean     not null,
    version       bigint      not null,
    registered_at timestamptz not null,
    updated_at    timestamptz not null
);
