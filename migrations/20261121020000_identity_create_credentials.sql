-- How accounts sign in. None of this is in the log: secrets and personal data must be erasable, and no export carries
-- them. What the log knows of an account (its role, its zones) is copied here, so that signing in reads one row.

create table credentials (
    account_id          uuid        primary key,
    email               text        not null,
    password_hash       text        not null,
    role                text        not null,
    zones               text[]      not null default '{}',
    company_id          uuid,
    active              boolean     not null default true,
    created_at          timestamptz not null default now(),
    password_changed_at timestamptz not null default now(),
    constraint credentials_email unique (email)
);

comment on table credentials is 'Personal data and secrets: never exported, never read by analysts.';
comment on column credentials.email is 'Lower case.';
comment on column credentials.password_hash is 'argon2id in PHC form.';

-- A session is the family of all refresh tokens that follow from one sign-in.
create table sessions (
    session_id   uuid        primary key,
    account_id   uuid        not null references credentials (account_id) on delete cascade,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    revoked_at   timestamptz
);

create index sessions_account on sessions (account_id);
create index sessions_revoked on sessions (revoked_at) where revoked_at is not null;

-- Only hashes: a copy of this table signs nobody in. A used token stays until it expires, so that its reuse is seen.
create table refresh_tokens (
    token_hash bytea       primary key,
    session_id uuid        not null references sessions (session_id) on delete cascade,
    issued_at  timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);

create index refresh_tokens_session on refresh_tokens (session_id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);

-- Failed sign-ins by a hash of the address, whether or not it has an account, so that a lock tells nothing.
create table login_failures (
    email_hash   bytea       primary key,
    failures     integer     not null,
    failed_at    timestamptz not null,
    locked_until timestamptz
);

-- Public halves of the nodes' signing keys, so that every node verifies the tokens of every other.
create table signing_keys (
    key_id       text        primary key,
    algorithm    text        not null,
    public_key   text        not null,
    published_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now()
);

comment on column signing_keys.key_id is 'RFC 7638 thumbprint of the public key.';
comment on column signing_keys.public_key is 'The member x of the JWK: base64url without padding.';
comment on column signing_keys.last_seen_at is 'A node renews it while it signs with the key; old ones are not published.';
