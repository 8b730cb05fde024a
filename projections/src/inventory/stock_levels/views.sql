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
