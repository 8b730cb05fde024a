-- How programs are let in. What a key may do and until when is in the log too; its secret's hash is only here.

create table api_keys (
    key_id       uuid        not null constraint api_keys_key primary key,
    name         text        not null,
    secret_hash  bytea       not null,
    scopes       text[]      not null,
    created_by   uuid,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

comment on table api_keys is 'Never exported. Rows stay when a key is revoked, so that the list tells what there was.';
comment on column api_keys.secret_hash is 'HMAC-SHA256 with a key of the vault: a copy of the table lets nobody in.';
comment on column api_keys.scopes is 'Permissions by name; those that a node does not know count for nothing there.';
comment on column api_keys.created_by is 'Which account; no reference, because an account that is erased leaves the list as it is.';
comment on column api_keys.last_used_at is 'To the minute.';
