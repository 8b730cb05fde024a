-- Claims that were given up, so that what was claimed at any position is known: a working copy of the shop as it was needs
-- that. Nobody reads it on the way of a request.

create table claims_past (
    scope    text   not null collate "C",
    key      text   not null collate "C",
    holder   text   not null collate "C",
    -- Held from this position on, and before that one.
    position bigint not null,
    until    bigint not null
);

comment on table claims_past is 'Claims that were given up: held from position on, and no more from until on.';

create index claims_past_until on claims_past using brin (until);

-- What was given up before is not known.
create table claims_past_since (
    only_row boolean primary key default true check (only_row),
    position bigint  not null
);

insert into claims_past_since (position) select coalesce(max(position), 0) from events;

comment on table claims_past_since is 'From this position on claims_past tells all that was given up.';
