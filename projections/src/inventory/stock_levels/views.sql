create or replace view read.stock as
select l.product, p.sku, l.warehouse, w.code as warehouse_code, l.on_hand, l.reserved, l.held, l.available,
       l.threshold, l.level
from levels l
left join products p on p.id = l.product
left join warehouses w on w.id = l.warehouse;

comment on view read.stock is 'One row per product and warehouse that the product was ever in: what is there now.';
comment on column read.stock.product is 'The product''s UUID.';
comment on column read.stock.sku is 'Stock-keeping unit: the seller''s code.';
comment on column read.stock.warehouse is 'The warehouse''s UUID.';
comment on column read.stock.warehouse_code is 'The warehouse''s short unique code.';
comment on column read.stock.on_hand is 'Base units in the building.';
comment on column read.stock.reserved is 'Base units on hand that orders have taken and that have not shipped.';
comment on column read.stock.held is 'Base units on hand that carts hold for some minutes.';
comment on column read.stock.available is 'Base units that can be sold: on hand - reserved - held.';
comment on column read.stock.threshold is 'At or below how many available base units the stock is low; 0 where none was set.';
comment on column read.stock.level is 'out (nothing available), low (at the threshold or below) or normal.';

create or replace view read.stock_lots as
select l.product, p.sku, l.warehouse, w.code as warehouse_code, nullif(l.code, '') as lot,
       nullif(l.expires_on, 'infinity') as expires_on, l.units
from lots l
left join products p on p.id = l.product
left join warehouses w on w.id = l.warehouse;

comment on view read.stock_lots is 'One row per product, warehouse and lot of which something is on hand. What of read.stock.on_hand is in no lot has no row here.';
comment on column read.stock_lots.product is 'The product''s UUID.';
comment on column read.stock_lots.sku is 'Stock-keeping unit: the seller''s code.';
comment on column read.stock_lots.warehouse is 'The warehouse''s UUID.';
comment on column read.stock_lots.warehouse_code is 'The warehouse''s short unique code.';
comment on column read.stock_lots.lot is 'The maker''s code of the lot, if it has one.';
comment on column read.stock_lots.expires_on is 'The last day (UTC) on which it may be sold, if there is one.';
comment on column read.stock_lots.units is 'Base units on hand.';

create or replace view read.warehouses as
select id as warehouse, code, country, zones, status, latitude_e6, longitude_e6, time_zone, radius_m, store_status,
       opened_at
from warehouses;

comment on view read.warehouses is 'One row per warehouse, closed ones too; a store is a warehouse with a public front.';
comment on column read.warehouses.warehouse is 'The warehouse''s UUID.';
comment on column read.warehouses.code is 'Its short unique code.';
comment on column read.warehouses.country is 'The country where it stands, if that is known.';
comment on column read.warehouses.zones is 'Codes of the zones that it serves; empty means all (of a store: its radius alone says whom it serves).';
comment on column read.warehouses.status is 'open or closed.';
comment on column read.warehouses.latitude_e6 is 'Millionths of a degree north of the equator, if its place is known.';
comment on column read.warehouses.longitude_e6 is 'Millionths of a degree east of Greenwich, if its place is known.';
comment on column read.warehouses.time_zone is 'Of a store: the time zone of its hours (IANA).';
comment on column read.warehouses.radius_m is 'Of a store: how far around it serves, in metres.';
comment on column read.warehouses.store_status is 'Of a store: open, paused or closed; null where it is no store.';
comment on column read.warehouses.opened_at is 'When its opening was written into the log.';
