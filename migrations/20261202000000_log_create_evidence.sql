-- Evidence: the Merkle tree over the log (docs/evidence.md), its signed heads, and the keys that sign them.

-- The hashes of complete subtrees in the order in which they become complete: hash i stands in the row with the greatest
-- first_index up to i. Rows are short enough to lie in their page, and the next row's key is known beforehand, so two
-- sealers can never both write it.
create table evidence_hashes (
    first_index bigint primary key check (first_index >= 0),
    hashes      bytea  not null check (length(hashes) > 0 and length(hashes) % 32 = 0)
);

-- Hashes cannot be compressed.
alter table evidence_hashes alter column hashes set storage external;

create table evidence_keys (
    -- The eight digits that a note's signature begins with.
    key_hash    text        primary key collate "C",
    -- The public key in the form of c2sp.org/signed-note.
    key         text        not null,
    -- It signs heads of more events than this.
    after_size  bigint      not null check (after_size >= 0),
    -- Signed by the key itself and, where it took over from another, by that one.
    note        text        not null,
    recorded_at timestamptz not null default now()
);

create table evidence_heads (
    -- How many events it covers: the last position.
    size      bigint      primary key check (size > 0),
    epoch     integer     not null check (epoch > 0),
    root      bytea       not null check (length(root) = 32),
    key_hash  text        not null collate "C" references evidence_keys,
    signed_at timestamptz not null,
    -- The signed note (c2sp.org/tlog-checkpoint).
    note      text        not null
);

comment on table evidence_hashes is 'The Merkle tree over the log: 32 bytes a hash, in the order of completion.';
comment on table evidence_heads is 'Signed tree heads: what the first events of the log add up to.';
comment on table evidence_keys is 'Public keys of tree heads, each introduced by the one before it.';

create trigger evidence_hashes_insert_only before update or delete or truncate on evidence_hashes
    for each statement execute function souk_refuse_change();
create trigger evidence_heads_insert_only before update or delete or truncate on evidence_heads
    for each statement execute function souk_refuse_change();
create trigger evidence_keys_insert_only before update or delete or truncate on evidence_keys
    for each statement execute function souk_refuse_change();
