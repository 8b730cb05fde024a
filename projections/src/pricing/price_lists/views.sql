create or replace view read.price_lists as
select id, name ->> 'en' as name, customers, groups, currency, valid_from, valid_until, priority, prices,
       ended as retired, version, created_at, updated_at
from price_lists;

comment on view read.price_lists is 'One row per price list that was ever created, retired ones too.';
comment on column read.price_lists.id is 'The list''s UUID; plt_ and its 32 hex digits in the API.';
comment on column read.price_lists.name is 'Its name in English; null where it has none.';
comment on column read.price_lists.customers is 'UUIDs of the customers that it names.';
comment on column read.price_lists.groups is 'The customer groups that it is for.';
comment on column read.price_lists.currency is 'ISO 4217 code of all its prices.';
comment on column read.price_lists.valid_from is 'From when on its prices hold.';
comment on column read.price_lists.valid_until is 'When they hold no more; null without an end.';
comment on column read.price_lists.priority is 'The greatest is looked into first.';
comment on column read.price_lists.prices is 'How many prices it holds.';
comment on column read.price_lists.retired is 'True once it was retired before its time.';
comment on column read.price_lists.version is 'Number of events of the list so far.';
comment on column read.price_lists.created_at is 'When its creation was written into the log.';
comment on column read.price_lists.updated_at is 'When its last change was written into the log.';

create or replace view read.list_prices as
select p.list, p.product, p.from_quantity, l.currency, round(p.unit_price_micros / 1000000.0, 6) as unit_price
from list_prices p join price_lists l on l.id = p.list;

comment on view read.list_prices is 'The prices of every list as it is now, or was when it was retired.';
comment on column read.list_prices.list is 'UUID of the list.';
comment on column read.list_prices.product is 'UUID of the product.';
comment on column read.list_prices.from_quantity is 'The price holds for lines of at least so many base units.';
comment on column read.list_prices.currency is 'ISO 4217 code of the price.';
comment on column read.list_prices.unit_price is 'Price of one base unit, in units of currency with six decimals.';
