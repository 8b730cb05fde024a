create table categories (
    id            uuid        primary key,
    parent        uuid,
    name          json        not null,
    slug          text        not null collate "C",
    description   json,
    image         json,
    sort_order    bigint      not null,
    shown_on_home boolean     not null,
    active        boolean     not null,
    version       bigint      not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null
);

-- Every slug that a category has or had.
create table category_slugs (
    slug     text not null collate "C" primary key,
    category uuid not null
);
