create or replace view read.sales_daily as
select day, nullif(country, '') as country, product, sku, currency, lines_sold, units_sold, lines_returned,
       units_returned, units_sold - units_returned as net_units,
       round(gross * power(10::numeric, -exponent), exponent) as gross,
       round(discount * power(10::numeric, -exponent), exponent) as discount,
       round(-credited * power(10::numeric, -exponent), exponent) as credited,
       round((gross - discount - credited) * power(10::numeric, -exponent), exponent) as net
from product_days;

comment on view read.sales_daily is 'Lines of orders (without cancelled ones) and of issued credits, summed by effective UTC day, country, product and currency.';
comment on column read.sales_daily.day is 'UTC day on which the orders were placed and the credits issued.';
comment on column read.sales_daily.country is 'Country of the delivery; null where the source names none.';
comment on column read.sales_daily.product is 'The product''s UUID.';
comment on column read.sales_daily.sku is 'Stock-keeping unit: the seller''s code.';
comment on column read.sales_daily.currency is 'ISO 4217 code of the amounts.';
comment on column read.sales_daily.lines_sold is 'Number of order lines.';
comment on column read.sales_daily.units_sold is 'Base units of those lines; a service counts as ordered.';
comment on column read.sales_daily.lines_returned is 'Number of credit lines.';
comment on column read.sales_daily.units_returned is 'Base units of those lines (a positive number).';
comment on column read.sales_daily.net_units is 'units_sold - units_returned; corrections of the stock are no sales and not in it.';
comment on column read.sales_daily.gross is 'Sum of the order lines'' rounded totals before order-level discounts, in units of currency.';
comment on column read.sales_daily.discount is 'Their shares of order-level discounts, in units of currency.';
comment on column read.sales_daily.credited is 'Sum of the credit lines, in units of currency (a negative number).';
comment on column read.sales_daily.net is 'gross - discount + credited, in units of currency; delivery fees and taxes are not part of lines.';
