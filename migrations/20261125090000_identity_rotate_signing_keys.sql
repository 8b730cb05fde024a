-- Signing keys are replaced while everything runs: a successor is published before it signs, and the old one stays until
-- the last token of it has expired.

alter table signing_keys
    add column signs_from   timestamptz not null default now(),
    add column retired_at   timestamptz,
    add column withdrawn_at timestamptz;

comment on column signing_keys.signs_from is 'Its node signs with it from then on; it is published before.';
comment on column signing_keys.retired_at is 'Its node signs with another since then; it verifies until the last token of it has expired.';
comment on column signing_keys.withdrawn_at is 'Tokens of it are refused since then. Such a row stays for good, so that the key does not come back.';

create table signing_rotations (
    rotation     bigint      not null generated always as identity constraint signing_rotations_key primary key,
    requested_at timestamptz not null default now(),
    lead_seconds integer     not null constraint signing_rotations_lead_seconds check (lead_seconds >= 0)
);

comment on table signing_rotations is 'What operators asked for: keys that were published before are to be replaced.';
comment on column signing_rotations.lead_seconds is 'For how long a successor is published before it signs.';
