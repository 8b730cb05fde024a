-- What the screening of orders for fraud remembers: it belongs to the reactor `fraud_screening`, which writes it in the
-- transaction that moves its checkpoint, and only while the rules are active. Devices and addresses are keyed hashes, and
-- go with their persons.

create table fraud_orders (
    order_id    uuid        not null constraint fraud_orders_order_id primary key,
    customer    uuid        not null,
    placed_at   timestamptz not null,
    agreement   uuid        not null,
    currency    text        not null,
    total       bigint      not null,
    destination text        not null,
    device      bytea,
    address     bytea,
    traits      smallint[],
    is_held     boolean     not null default false,
    verdict     text        constraint fraud_orders_verdict check (verdict in ('honest', 'fraud'))
);

create index fraud_orders_customer on fraud_orders (customer, placed_at);
create index fraud_orders_device on fraud_orders (device, customer) where device is not null;
create index fraud_orders_address on fraud_orders (address, customer) where address is not null;
create index fraud_orders_placed_at on fraud_orders (placed_at);

comment on table fraud_orders is 'Orders of the last 90 days as the screening for fraud sees them.';
comment on column fraud_orders.agreement is 'The placement or edit that was looked at last.';
comment on column fraud_orders.total is 'In minor units of the currency.';
comment on column fraud_orders.destination is 'Country and zone.';
comment on column fraud_orders.device is 'Keyed hash of what the device calls itself.';
comment on column fraud_orders.address is 'Keyed hash of where the goods go.';
comment on column fraud_orders.traits is 'What it looked like to the model; null where it was not looked at.';
comment on column fraud_orders.is_held is 'Its last look came to a score that holds it.';
comment on column fraud_orders.verdict is 'What it turned out to be, where that was learned from.';

create table fraud_lessons (
    traits smallint[] not null constraint fraud_lessons_traits primary key,
    honest bigint     not null default 0,
    fraud  bigint     not null default 0
);

comment on table fraud_lessons is 'How many orders that looked alike turned out to be what: all that the model knows.';
