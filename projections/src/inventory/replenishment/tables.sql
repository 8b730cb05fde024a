create table suppliers (
    id             uuid    primary key,
    code           text    collate "C" not null,
    name           json    not null,
    lead_time_days integer not null,
    status         text    not null,
    version        bigint  not null
);

create table reorders (
    id         uuid        primary key,
    product    uuid        not null,
    warehouse  uuid        not null,
    supplier   uuid,
    quantity   bigint      not null,
    available  bigint      not null,
    received   bigint,
    status     text        not null,
    reason     text,
    version    bigint      not null,
    opened_at  timestamptz not null,
    updated_at timestamptz not null
);

create index reorders_by_time on reorders (opened_at, id);
