create table movements (
    position       bigint      not null,
    product        uuid        not null,
    warehouse      uuid        not null,
    event_type     text        not null,
    delta_on_hand  bigint      not null,
    delta_reserved bigint      not null,
    delta_held     bigint      not null,
    on_hand        bigint      not null,
    reserved       bigint      not null,
    held           bigint      not null,
    order_id       uuid,
    hold_id        uuid,
    return_id      uuid,
    reason         text,
    actor_kind     text        not null,
    actor_id       uuid,
    effective_at   timestamptz not null,
    recorded_at    timestamptz not null,
    primary key (position, warehouse)
);

-- A product's history, and its balance as of any position, warehouse by warehouse.
create index movements_of_product on movements (product, warehouse, position);

-- Which warehouses a product was ever in.
create table stocked (
    product   uuid not null,
    warehouse uuid not null,
    primary key (product, warehouse)
);
