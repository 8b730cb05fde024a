-- Background jobs. A reactor writes its jobs in the transaction that moves its checkpoint, so that each event makes them
-- once. The row is the truth about a job; a broker, where there is one, only hands it out and wakes it up again.

create table jobs (
    id             uuid        not null constraint jobs_id primary key,
    kind           text        not null,
    payload        json        not null,
    event_id       uuid        not null,
    correlation_id uuid        not null,
    state          text        not null default 'waiting'
                               constraint jobs_state check (state in ('waiting', 'sent', 'done', 'dead')),
    round          integer     not null default 0,
    attempts       integer     not null default 0,
    run_at         timestamptz not null default clock_timestamp(),
    lease_until    timestamptz,
    error          text,
    created_at     timestamptz not null default clock_timestamp(),
    updated_at     timestamptz not null default clock_timestamp()
) with (fillfactor = 80);

create index jobs_due on jobs (run_at) where state in ('waiting', 'sent');
create index jobs_dead on jobs (updated_at, id) where state = 'dead';
create index jobs_done on jobs (updated_at) where state = 'done';

comment on table jobs is 'Background jobs; those that are done are kept for some days, so that a repeat is recognised.';
comment on column jobs.id is 'Made from the event and the kind: the same event never makes a second one.';
comment on column jobs.state is 'waiting: to be run, or to be sent to the broker; sent: the broker has it; done; dead: given up.';
comment on column jobs.round is 'Raised when an operator retries a dead one: what belongs to an earlier round is void.';
comment on column jobs.attempts is 'Runs that were begun in this round.';
comment on column jobs.run_at is 'Not before; infinity: never again, on its way to the dead ones.';
comment on column jobs.lease_until is 'Until then some node is running it.';
