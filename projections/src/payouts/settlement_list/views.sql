create or replace view read.settlements as
select id, company, status, currency, from_position, to_position,
       round(opening * power(10::numeric, -exponent), exponent) as opening,
       round(sales * power(10::numeric, -exponent), exponent) as sales,
       round(commission * power(10::numeric, -exponent), exponent) as commission,
       round(refunds * power(10::numeric, -exponent), exponent) as refunds,
       round(refunded_commission * power(10::numeric, -exponent), exponent) as refunded_commission,
       round(delivery_fees * power(10::numeric, -exponent), exponent) as delivery_fees,
       round(payouts * power(10::numeric, -exponent), exponent) as payouts,
       round(closing * power(10::numeric, -exponent), exponent) as closing,
       version, created_at, updated_at
from settlements;

comment on view read.settlements is 'One row per settlement of a company. Those of one company and currency adjoin without gap or overlap.';
comment on column read.settlements.id is 'The settlement''s UUID; stl_ and its 32 hex digits in the API.';
comment on column read.settlements.company is 'The company''s UUID.';
comment on column read.settlements.status is 'open, disputed, confirmed or closed.';
comment on column read.settlements.currency is 'ISO 4217 code of the amounts.';
comment on column read.settlements.from_position is 'The range of positions begins after this one.';
comment on column read.settlements.to_position is 'The last position of the range.';
comment on column read.settlements.opening is 'What was owed to the company before.';
comment on column read.settlements.sales is 'Totals of the lines delivered in the range less their discounts and the tax in them.';
comment on column read.settlements.commission is 'What the marketplace keeps of these.';
comment on column read.settlements.refunds is 'What was credited to customers in the range (a positive number).';
comment on column read.settlements.refunded_commission is 'The commission on what was credited, which the marketplace gives back.';
comment on column read.settlements.delivery_fees is 'The company''s own delivery fees.';
comment on column read.settlements.payouts is 'What it was paid in the range.';
comment on column read.settlements.closing is 'opening + sales - commission - refunds + refunded_commission + delivery_fees - payouts.';
comment on column read.settlements.version is 'Number of events of the settlement so far.';
comment on column read.settlements.created_at is 'When it was drawn up.';
comment on column read.settlements.updated_at is 'When its last change was recorded.';
