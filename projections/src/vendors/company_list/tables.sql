create table companies (
    id                      uuid        primary key,
    name                    json        not null,
    description             json,
    -- Empty means all.
    zones                   text[]      not null,
    active                  boolean     not null,
    commission_basis_points integer     not null,
    delivery_fees           json        not null,
    version                 bigint      not null,
    registered_at           timestamptz not null,
    updated_at              timestamptz not null
);

-- Which commission held from when on.
create table commission_rates (
    company      uuid        not null,
    position     bigint      not null,
    basis_points integer     not null,
    since        timestamptz not null,
    primary key (company, position)
);
