create or replace view read.suppliers as
select id as supplier, code, lead_time_days, status from suppliers;

comment on view read.suppliers is 'One row per supplier, retired ones too.';
comment on column read.suppliers.supplier is 'The supplier''s UUID.';
comment on column read.suppliers.code is 'Its short unique code.';
comment on column read.suppliers.lead_time_days is 'Days from ordering until the goods are there.';
comment on column read.suppliers.status is 'active or retired.';

create or replace view read.reorders as
select id as reorder, product, warehouse, supplier, quantity, available, received, status, opened_at, updated_at
from reorders;

comment on view read.reorders is 'One row per replenishment order: more of one product for one warehouse.';
comment on column read.reorders.reorder is 'The replenishment order''s UUID.';
comment on column read.reorders.product is 'The product''s UUID.';
comment on column read.reorders.warehouse is 'The warehouse''s UUID.';
comment on column read.reorders.supplier is 'The supplier''s UUID; null where nobody in particular delivers.';
comment on column read.reorders.quantity is 'Base units that were ordered.';
comment on column read.reorders.available is 'Base units that were available when it was opened.';
comment on column read.reorders.received is 'Base units that came; null until they do.';
comment on column read.reorders.status is 'open, approved, received or cancelled.';
comment on column read.reorders.opened_at is 'When its opening was written into the log.';
comment on column read.reorders.updated_at is 'When its last change was written into the log.';
