create or replace view read.products as
select p.id, p.sku, p.kind, coalesce(p.title ->> 'en', p.sort_title) as title, p.title as titles, p.categories,
       p.tags, p.barcode, p.currency,
       round(p.base_micros / 1000000.0, 6) as base_price,
       round(p.discounted_micros / 1000000.0, 6) as discounted_price,
       round(p.wholesale_micros / 1000000.0, 6) as wholesale_price,
       p.min_order_quantity, p.company, p.external_id, p.status,
       case when p.kind = 'goods' then coalesce(s.available, 0) end as available,
       p.version, p.created_at, p.updated_at, p.slug, p.featured, p.sale_zones
from products p
left join product_stock s on s.product = p.id;

comment on view read.products is 'One row per product that was ever registered, discontinued ones too.';
comment on column read.products.id is 'The product''s UUID; prd_ and its 32 hex digits in the API.';
comment on column read.products.sku is 'Stock-keeping unit: the seller''s code, unique and case-sensitive.';
comment on column read.products.kind is 'goods (counted) or service (a charge such as postage, never counted).';
comment on column read.products.title is 'English title, or the lower-case title in another language where there is none.';
comment on column read.products.titles is 'Titles by BCP 47 language tag, as JSON.';
comment on column read.products.categories is 'UUIDs of its categories, the primary one first.';
comment on column read.products.tags is 'Search words.';
comment on column read.products.barcode is 'The printed code (EAN, UPC, …).';
comment on column read.products.currency is 'ISO 4217 code of all its prices.';
comment on column read.products.base_price is 'Price of one base unit, in units of currency with six decimals.';
comment on column read.products.discounted_price is 'Reduced price of one base unit, in units of currency; null where there is none.';
comment on column read.products.wholesale_price is 'Wholesale price of one base unit, in units of currency; null where there is none.';
comment on column read.products.min_order_quantity is 'Fewest base units of one order line.';
comment on column read.products.company is 'UUID of the vendor; null where the marketplace itself sells.';
comment on column read.products.external_id is 'Its id in another system.';
comment on column read.products.status is 'active or discontinued.';
comment on column read.products.available is 'Base units that can be sold now, over all warehouses; null for a service.';
comment on column read.products.version is 'Number of events of the product so far.';
comment on column read.products.created_at is 'When its registration was recorded.';
comment on column read.products.updated_at is 'When its last change was recorded; stock movements do not count.';
comment on column read.products.slug is 'Its part of an address; null where it has none.';
comment on column read.products.featured is 'Whether it is among those that the shop shows first.';
comment on column read.products.sale_zones is 'The only zones that it is sold in; empty where it is sold everywhere.';
