create or replace view read.stock_movements as
select position, product, warehouse, event_type, delta_on_hand, delta_reserved, delta_held,
       delta_on_hand - delta_reserved - delta_held as delta_available,
       on_hand, reserved, held, on_hand - reserved - held as available,
       order_id, hold_id, return_id, reason, actor_kind, effective_at, recorded_at
from movements;

comment on view read.stock_movements is 'One row per stock movement and warehouse, with the balance after it.';
comment on column read.stock_movements.position is 'Position of the event in the log: the order in which all movements happened.';
comment on column read.stock_movements.product is 'The product''s UUID.';
comment on column read.stock_movements.warehouse is 'The warehouse''s UUID.';
comment on column read.stock_movements.event_type is 'What happened, such as StockReceived, StockReserved or StockDeducted.';
comment on column read.stock_movements.delta_on_hand is 'Base units more (or fewer) in the building.';
comment on column read.stock_movements.delta_reserved is 'Base units more (or fewer) reserved for orders.';
comment on column read.stock_movements.delta_held is 'Base units more (or fewer) held for carts.';
comment on column read.stock_movements.delta_available is 'Base units more (or fewer) that can be sold.';
comment on column read.stock_movements.on_hand is 'Base units in the building after the movement.';
comment on column read.stock_movements.reserved is 'Base units reserved after the movement.';
comment on column read.stock_movements.held is 'Base units held after the movement.';
comment on column read.stock_movements.available is 'Base units that could be sold after the movement.';
comment on column read.stock_movements.order_id is 'UUID of the order that caused it, if one did.';
comment on column read.stock_movements.hold_id is 'UUID of the hold that caused it, if one did.';
comment on column read.stock_movements.return_id is 'UUID of the return that caused it, if one did.';
comment on column read.stock_movements.reason is 'Reason of an adjustment or a transfer, reference of a delivery, why units were written off (expired, damaged, lost, and a note after a colon), or cause of a release (cancelled, expired, given_back, consumed).';
comment on column read.stock_movements.actor_kind is 'Who caused it: account, api_key, system or anonymous.';
comment on column read.stock_movements.effective_at is 'When it happened.';
comment on column read.stock_movements.recorded_at is 'When it was written into the log.';
