create or replace view read.orders as
select id, external_id, customer, country, zone, fulfilment, payment_method, payment_status, delivery_status, status,
       currency,
       round(subtotal * power(10::numeric, -exponent), exponent) as subtotal,
       round(discount * power(10::numeric, -exponent), exponent) as discount,
       round(delivery * power(10::numeric, -exponent), exponent) as delivery,
       round(tax * power(10::numeric, -exponent), exponent) as tax,
       round(rounding * power(10::numeric, -exponent), exponent) as rounding,
       round(total * power(10::numeric, -exponent), exponent) as total,
       round(credited * power(10::numeric, -exponent), exponent) as credited,
       line_count, units, invoice_number, part_companies, part_warehouses, part_statuses, version, placed_at,
       recorded_at, updated_at
from orders;

comment on view read.orders is 'One row per order that was ever placed, cancelled ones too.';
comment on column read.orders.id is 'The order''s UUID; ord_ and its 32 hex digits in the API.';
comment on column read.orders.external_id is 'Its number in another system.';
comment on column read.orders.customer is 'Account UUID of the customer, a pseudonym: names are not here. Null for an anonymous sale.';
comment on column read.orders.country is 'Country of the delivery, as the source writes it or by its ISO 3166-1 code.';
comment on column read.orders.zone is 'Code of the delivery zone.';
comment on column read.orders.fulfilment is 'delivery or pickup.';
comment on column read.orders.payment_method is 'cash (on delivery or pickup) or invoice.';
comment on column read.orders.payment_status is 'pending, paid, partially_refunded or refunded.';
comment on column read.orders.delivery_status is 'pending, picked (a part has shipped) or delivered (all parts have arrived).';
comment on column read.orders.status is 'pending, confirmed, processing, shipped, delivered or cancelled: as far as the least advanced part.';
comment on column read.orders.currency is 'ISO 4217 code of all its amounts.';
comment on column read.orders.subtotal is 'Sum of the rounded lines, in units of currency.';
comment on column read.orders.discount is 'Order-level discount, in units of currency.';
comment on column read.orders.delivery is 'Delivery fee, in units of currency.';
comment on column read.orders.tax is 'Tax on top, in units of currency.';
comment on column read.orders.rounding is 'What brings a cash order to an amount that there are coins for, in units of currency; negative where it is rounded down.';
comment on column read.orders.total is 'subtotal - discount + delivery + tax + rounding, in units of currency.';
comment on column read.orders.credited is 'Sum of the credits that were issued for its returns, in units of currency.';
comment on column read.orders.line_count is 'Number of lines.';
comment on column read.orders.units is 'Base units ordered, over all lines, service lines too.';
comment on column read.orders.invoice_number is 'Number of the invoice, without gaps; null until it is confirmed.';
comment on column read.orders.part_companies is 'Vendor UUID of each part; null where the marketplace itself sells.';
comment on column read.orders.part_warehouses is 'Warehouse UUID of each part; null for a part of services only.';
comment on column read.orders.part_statuses is 'Status of each part.';
comment on column read.orders.version is 'Number of events of the order so far.';
comment on column read.orders.placed_at is 'When it was placed, which may be earlier than its recording.';
comment on column read.orders.recorded_at is 'When the placing was written into the log.';
comment on column read.orders.updated_at is 'When its last change was written into the log.';

create or replace view read.order_lines as
select l.order_id, l.number, l.product, l.sku, l.quantity, coalesce(r.quantity, 0)::bigint as returned,
       o.currency, round(l.unit_price_micros / 1000000.0, 6) as unit_price,
       round(l.total * power(10::numeric, -o.exponent), o.exponent) as total,
       round(l.discount * power(10::numeric, -o.exponent), o.exponent) as discount,
       round(l.tax * power(10::numeric, -o.exponent), o.exponent) as tax,
       l.tax_basis_points, l.tax_treatment, l.tax_rate, l.company, l.warehouses, l.quantities, o.status as order_status, o.country, o.placed_at
from order_lines l
join orders o on o.id = l.order_id
left join (select order_id, line, sum(quantity) as quantity from returned_lines group by order_id, line) r
    on r.order_id = l.order_id and r.line = l.number;

comment on view read.order_lines is 'One row per line of every order, cancelled ones too.';
comment on column read.order_lines.order_id is 'The order''s UUID.';
comment on column read.order_lines.number is 'Number of the line in the order, from 1.';
comment on column read.order_lines.product is 'The product''s UUID.';
comment on column read.order_lines.sku is 'The product''s code when it was ordered.';
comment on column read.order_lines.quantity is 'Base units ordered.';
comment on column read.order_lines.returned is 'Base units that came back or are coming back.';
comment on column read.order_lines.currency is 'ISO 4217 code of its amounts.';
comment on column read.order_lines.unit_price is 'Agreed price of one base unit, in units of currency with six decimals.';
comment on column read.order_lines.total is 'unit price times quantity, rounded once, before the discount, in units of currency.';
comment on column read.order_lines.discount is 'Its share of the order''s discount, in units of currency.';
comment on column read.order_lines.tax is 'The tax on it, in units of currency; null where it is not taxed.';
comment on column read.order_lines.tax_basis_points is 'The rate of its tax in hundredths of a percent.';
comment on column read.order_lines.tax_treatment is 'exclusive (it comes on top of total less discount) or inclusive (it is in them).';
comment on column read.order_lines.tax_rate is 'UUID of the tax rate.';
comment on column read.order_lines.company is 'UUID of the vendor; null where the marketplace itself sells.';
comment on column read.order_lines.warehouses is 'UUIDs of the warehouses that fill it; empty for a service.';
comment on column read.order_lines.quantities is 'Base units from each of those warehouses.';
comment on column read.order_lines.order_status is 'Status of the order.';
comment on column read.order_lines.country is 'Country of the delivery.';
comment on column read.order_lines.placed_at is 'When the order was placed.';
