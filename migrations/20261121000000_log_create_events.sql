-- The log: one gapless, totally ordered, insert-only table of events, and what is written in the same append.

-- A superset of postgres-es's table, so that any program of that library can read it.
create table events (
    position       bigint      primary key check (position > 0),
    -- Collation "C": ids are compared byte by byte, several times faster than by any locale's rules.
    aggregate_type text        not null collate "C",
    aggregate_id   text        not null collate "C",
    sequence       bigint      not null check (sequence > 0),
    event_type     text        not null collate "C",
    event_version  text        not null collate "C",
    payload        json        not null,
    metadata       json        not null,
    recorded_at    timestamptz not null,
    -- The id first, because it tells most streams apart in one comparison.
    constraint events_stream_version unique (aggregate_id, aggregate_type, sequence)
);

comment on table events is 'The log. Position is gapless and in commit order; rows are never changed or removed.';
comment on column events.payload is 'What happened: the JSON text as written, an externally tagged event.';
comment on column events.metadata is 'Event id, command id, correlation, causation, actor, effective_at.';
comment on column events.recorded_at is 'One time per append, never earlier than that of a lower position.';

create function souk_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'table % is insert-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger events_insert_only before update or delete or truncate on events
    for each statement execute function souk_refuse_change();

-- Raised by an operator after a restore or a failover, so that a reused position is never mistaken for the old one.
create table log_epoch (
    only_row  boolean     primary key default true check (only_row),
    epoch     integer     not null check (epoch > 0),
    raised_at timestamptz not null default now()
);

insert into log_epoch (epoch) values (1);

-- What must be unique across streams: taken and released in the append that makes it so.
create table claims (
    scope    text   not null collate "C",
    key      text   not null collate "C",
    holder   text   not null collate "C",
    position bigint not null,
    constraint claims_key primary key (key, scope)
);

-- The accepted commands that may be repeated: ids and status only, never a body.
create table commands (
    id          uuid        not null constraint commands_id primary key,
    fingerprint bytea       not null,
    result      json        not null,
    position    bigint      not null,
    expires_at  timestamptz not null
);

create index commands_expiry on commands using brin (expires_at);

-- The last position recorded at or before a time, found by bisection: position and time grow together.
create function souk_position_at(moment timestamptz) returns bigint language plpgsql stable as $$
declare
    low  bigint := 0;
    high bigint := coalesce((select max(position) from events), 0);
    mid  bigint;
begin
    while low < high loop
        mid := (low + high + 1) / 2;
        if (select recorded_at <= moment from events where position = mid) then
            low := mid;
        else
            high := mid - 1;
        end if;
    end loop;
    return low;
end
$$;

-- The last position recorded strictly before a time.
create function souk_position_before(moment timestamptz) returns bigint language sql stable as $$
    select souk_position_at(moment - interval '1 microsecond')
$$;
