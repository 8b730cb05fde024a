-- What an account shows beside its password: tokens and codes that are mailed to its address, and the challenge between
-- a password and a second factor. The secret itself is in no table: it is derived from the row's id with a key of the
-- vault, when it is mailed and when it is shown.

create table account_tokens (
    token_id   uuid        not null constraint account_tokens_token primary key,
    account_id uuid        not null references credentials (account_id) on delete cascade,
    purpose    text        not null
                           constraint account_tokens_purpose
                           check (purpose in ('verify_email', 'reset_password', 'one_time_code', 'second_factor')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);

create index account_tokens_account on account_tokens (account_id, purpose);
create index account_tokens_expiry on account_tokens (expires_at);

comment on table account_tokens is 'Never exported. Rows go some time after they have expired, and with their account.';
comment on column account_tokens.used_at is 'Set once: a token works once.';

-- The default serves the accounts that there are, those that somebody else makes, and nodes of the version before:
-- all of them count as verified.
alter table credentials add column verified_at timestamptz default now();

comment on column credentials.verified_at is 'Since when its address is known to be its owner''s; null: not yet.';

-- How often mail to an address was asked for, whether or not it has an account, so that the limit tells nothing.
create table mail_requests (
    email_hash bytea       not null,
    purpose    text        not null,
    requests   integer     not null,
    since      timestamptz not null,
    constraint mail_requests_key primary key (email_hash, purpose)
);

-- An account's mails go with it.
create index jobs_account_mail on jobs ((payload ->> 'account')) where kind = 'account_mail';
