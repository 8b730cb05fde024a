-- What personal data are sealed with: one key per person, wrapped by a master key that is not in the database. When a
-- person is erased the key goes and a tombstone stays, so that nothing makes a new one.

create table person_keys (
    person_id     uuid        not null constraint person_keys_person primary key,
    key_id        uuid        not null,
    master_key_id text,
    wrapped       bytea,
    created_at    timestamptz not null default now(),
    erased_at     timestamptz,
    constraint person_keys_whole
        check ((erased_at is null) = (wrapped is not null) and (wrapped is null) = (master_key_id is null))
);

create index person_keys_erased on person_keys (erased_at) where erased_at is not null;
create index person_keys_master_key on person_keys (master_key_id) where master_key_id is not null;

comment on table person_keys is 'Never exported: a copy of the log without this table holds no readable personal data.';
comment on column person_keys.wrapped is 'Nonce, ciphertext and tag of AES-256-GCM under the master key; null: destroyed.';
comment on column person_keys.erased_at is 'The row is a tombstone from then on, and never changes again.';

create function souk_keep_tombstone() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'keys are not removed, they are destroyed' using errcode = 'restrict_violation';
    end if;
    if old.erased_at is not null then
        raise exception 'person % is erased', old.person_id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;

create trigger person_keys_tombstone before update or delete on person_keys
    for each row execute function souk_keep_tombstone();
create trigger person_keys_no_truncate before truncate on person_keys
    for each statement execute function souk_keep_tombstone();

-- Keys of no person, wrapped like theirs: what lookups by e-mail are hashed with.
create table vault_keys (
    name          text        not null constraint vault_keys_name primary key,
    master_key_id text        not null,
    wrapped       bytea       not null,
    created_at    timestamptz not null default now()
);

-- An address is looked up by a keyed hash and shown from its sealed form. The clear column is emptied by the first node
-- that starts; a later release drops it.
alter table credentials alter column email drop not null;
alter table credentials add column email_lookup bytea constraint credentials_email_lookup unique;
alter table credentials add column email_sealed json;

comment on column credentials.email is 'Not used any more: emptied at the first start of a version with a vault.';
comment on column credentials.email_lookup is 'HMAC-SHA-256 of the address in lower case.';
comment on column credentials.email_sealed is 'The address, sealed with its owner''s key.';
