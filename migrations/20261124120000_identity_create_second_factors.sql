-- Second factors: codes that follow from a shared secret and the time (RFC 6238), and recovery codes.

create table second_factors (
    account_id    uuid        not null constraint second_factors_account primary key
                              references credentials (account_id) on delete cascade,
    secret_sealed json        not null,
    created_at    timestamptz not null default now(),
    enabled_at    timestamptz,
    last_step     bigint      not null default 0
);

comment on table second_factors is 'Secrets: never exported.';
comment on column second_factors.secret_sealed is 'Sealed with the account''s key, which the master key wraps.';
comment on column second_factors.enabled_at is 'Null until its owner has shown a code: it is not asked for before.';
comment on column second_factors.last_step is 'The half minute of the newest code that was taken: no code is taken twice.';

create table recovery_codes (
    account_id uuid        not null references second_factors (account_id) on delete cascade,
    code_hash  bytea       not null,
    used_at    timestamptz,
    constraint recovery_codes_key primary key (account_id, code_hash)
);

comment on column recovery_codes.code_hash is 'HMAC-SHA-256 under a key of the vault: a copy of the table opens nothing.';
