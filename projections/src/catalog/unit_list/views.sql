create or replace view read.units as
select id, code, name ->> 'en' as name, name as names, dimension, scale_numerator, scale_denominator, retired, version,
       created_at, updated_at
from units;

comment on view read.units is 'One row per unit of measure that was ever defined.';
comment on column read.units.id is 'The unit''s UUID; unt_ and its 32 hex digits in the API.';
comment on column read.units.code is 'Its short code.';
comment on column read.units.name is 'Name in English; null where there is none.';
comment on column read.units.names is 'Names by BCP 47 language tag.';
comment on column read.units.dimension is 'What it measures: count, mass, volume, length or area.';
comment on column read.units.scale_numerator is 'How many pieces, grams, millilitres, millimetres or square centimetres it is: the numerator.';
comment on column read.units.scale_denominator is 'The denominator of the same.';
comment on column read.units.retired is 'Whether nothing new is sold by it.';
comment on column read.units.version is 'Number of events of the unit so far.';
comment on column read.units.created_at is 'When it was defined.';
comment on column read.units.updated_at is 'When its last change was recorded.';

create or replace view read.selling_units as
select s.id, s.product, s.unit, u.code as unit_code, s.numerator, s.denominator,
       round(s.price_micros / 1000000.0, 6) as price, s.currency, s.barcode, s.sku, s.retired, s.version, s.created_at,
       s.updated_at
from selling_units s
left join units u on u.id = s.unit;

comment on view read.selling_units is 'One row per unit that a product was ever sold by, beside its base unit.';
comment on column read.selling_units.id is 'The selling unit''s UUID; sun_ and its 32 hex digits in the API.';
comment on column read.selling_units.product is 'UUID of the product.';
comment on column read.selling_units.unit is 'UUID of the unit of measure that it is called by.';
comment on column read.selling_units.unit_code is 'Code of that unit.';
comment on column read.selling_units.numerator is 'How many base units are in it: the numerator.';
comment on column read.selling_units.denominator is 'The denominator of the same.';
comment on column read.selling_units.price is 'Its own price, in units of currency; null where it costs what is in it.';
comment on column read.selling_units.currency is 'ISO 4217 code of that price.';
comment on column read.selling_units.barcode is 'The printed code.';
comment on column read.selling_units.sku is 'The seller''s code of this unit.';
comment on column read.selling_units.retired is 'Whether the product is not sold by it any more.';
comment on column read.selling_units.version is 'Number of events of the selling unit so far.';
comment on column read.selling_units.created_at is 'When it was added.';
comment on column read.selling_units.updated_at is 'When its last change was recorded.';
