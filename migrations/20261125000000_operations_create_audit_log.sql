-- Who asked for what, from where, and what became of it: every command, accepted or refused, every security event and
-- every look at what is sensitive. The log of events says what changed; this says who tried.

create table audit_log (
    id         uuid        not null constraint audit_log_id primary key,
    at         timestamptz not null,
    request_id uuid        not null,
    actor      text        not null collate "C",
    method     text        not null collate "C",
    route      text        collate "C",
    target     text        collate "C",
    status     smallint    not null,
    code       text        collate "C",
    position   bigint,
    origin     uuid
);

create index audit_log_actor on audit_log (actor, id);
create index audit_log_request on audit_log (request_id);

comment on table audit_log is 'Rows are never changed or removed.';
comment on column audit_log.id is 'UUID version 7: in the order of time.';
comment on column audit_log.actor is 'usr_…, key_…, system or anonymous, as in events.';
comment on column audit_log.route is 'The pattern of the path; null where no route was reached.';
comment on column audit_log.target is 'The ids in the path.';
comment on column audit_log.code is 'Why it was refused.';
comment on column audit_log.position is 'The position that the log had reached with the accepted command.';

create trigger audit_log_insert_only before update or delete or truncate on audit_log
    for each statement execute function souk_refuse_change();

-- From where. Beside the entries, because this is personal data and goes when its person is erased.
create table audit_origins (
    id           uuid        not null constraint audit_origins_id primary key,
    person_id    uuid,
    email_lookup bytea,
    sealed       json        not null,
    seen_at      timestamptz not null default clock_timestamp()
);

create index audit_origins_person on audit_origins (person_id) where person_id is not null;
create index audit_origins_email on audit_origins (email_lookup) where email_lookup is not null;
create index audit_origins_nobody on audit_origins (seen_at) where person_id is null;

comment on table audit_origins is 'Network address and user agent; a row serves many entries.';
comment on column audit_origins.person_id is 'Whose key sealed it; null: a stranger''s, sealed with the vault''s own key.';
comment on column audit_origins.email_lookup is 'The address that a stranger tried to sign in with, as credentials have it.';

create function souk_keep_origin() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and (old.person_id is null
            or exists (select from person_keys where person_id = old.person_id and erased_at is not null)) then
        return old;
    end if;
    raise exception 'origins stay until their person is erased' using errcode = 'restrict_violation';
end
$$;

create trigger audit_origins_stay before update or delete on audit_origins
    for each row execute function souk_keep_origin();
create trigger audit_origins_no_truncate before truncate on audit_origins
    for each statement execute function souk_refuse_change();
