create table flags (
    order_id      uuid        primary key,
    status        text        not null,
    score         smallint    not null,
    reasons       text        not null,
    model_version bigint      not null,
    note          text,
    reviewed_by   uuid,
    reviewed_at   timestamptz,
    version       bigint      not null,
    flagged_at    timestamptz not null,
    updated_at    timestamptz not null
);
