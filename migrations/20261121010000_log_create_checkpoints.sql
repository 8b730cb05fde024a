-- Where every subscription (projection, reactor, rebuild) stands in the log. The row is moved in the transaction that
-- writes what follows from the events, and only from where it is known to stand: that is the fence.

create table checkpoints (
    name            text        not null constraint checkpoints_name primary key,
    position        bigint      not null check (position >= 0),
    epoch           integer     not null check (epoch > 0),
    generation      integer     not null default 1,
    state           text        not null constraint checkpoints_state check (state in ('running', 'rebuilding', 'stopped')),
    error           text,
    failed_position bigint,
    published       text,
    updated_at      timestamptz not null default now()
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500);

comment on table checkpoints is 'One row per subscription; a projection''s is named like its schema.';
comment on column checkpoints.position is 'Everything up to here has taken effect.';
comment on column checkpoints.epoch is 'The epoch of the log that the position belongs to.';
comment on column checkpoints.generation is 'Raised when a rebuild takes the place of the tables.';
comment on column checkpoints.published is 'Hash of the views that stand in the schema read; null until they do.';
