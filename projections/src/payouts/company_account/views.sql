create or replace view read.company_items as
select kind, source, number, company, order_id, currency,
       round(sales * power(10::numeric, -exponent), exponent) as sales,
       round(commission * power(10::numeric, -exponent), exponent) as commission,
       round(refunds * power(10::numeric, -exponent), exponent) as refunds,
       round(refunded_commission * power(10::numeric, -exponent), exponent) as refunded_commission,
       round(delivery_fees * power(10::numeric, -exponent), exponent) as delivery_fees,
       round((sales - commission - refunds + refunded_commission + delivery_fees) * power(10::numeric, -exponent),
             exponent) as net,
       position, effective_at, recorded_at, payout
from items;

comment on view read.company_items is 'One row per thing that a company earned or was charged: delivered lines, delivery fees, refunds.';
comment on column read.company_items.kind is 'line, delivery or refund.';
comment on column read.company_items.source is 'UUID of the order; of a refund that of the return.';
comment on column read.company_items.number is 'The order''s line or part; of a refund the return''s line.';
comment on column read.company_items.company is 'The company''s UUID.';
comment on column read.company_items.order_id is 'UUID of the order, of a refund too.';
comment on column read.company_items.currency is 'ISO 4217 code of its amounts.';
comment on column read.company_items.sales is 'Total of the line less its discount and the tax in it.';
comment on column read.company_items.commission is 'What the marketplace keeps of it, frozen when the order was placed.';
comment on column read.company_items.refunds is 'What was credited to the customer (a positive number).';
comment on column read.company_items.refunded_commission is 'The commission on it, which the marketplace gives back.';
comment on column read.company_items.delivery_fees is 'The company''s own delivery fee.';
comment on column read.company_items.net is 'sales - commission - refunds + refunded_commission + delivery_fees.';
comment on column read.company_items.position is 'Position of the event that made it: the last delivery, or the credit.';
comment on column read.company_items.effective_at is 'When that happened.';
comment on column read.company_items.recorded_at is 'When that was written into the log.';
comment on column read.company_items.payout is 'UUID of the payout that has it; null while it is due.';

create or replace view read.company_accounts as
select company, currency, lines,
       round(sales * power(10::numeric, -exponent), exponent) as sales,
       round(commission * power(10::numeric, -exponent), exponent) as commission,
       round(refunds * power(10::numeric, -exponent), exponent) as refunds,
       round(refunded_commission * power(10::numeric, -exponent), exponent) as refunded_commission,
       round(delivery_fees * power(10::numeric, -exponent), exponent) as delivery_fees,
       round(in_payout * power(10::numeric, -exponent), exponent) as in_payout,
       round(paid * power(10::numeric, -exponent), exponent) as paid,
       round((sales - commission - refunds + refunded_commission + delivery_fees - paid)
             * power(10::numeric, -exponent), exponent) as owed
from accounts;

comment on view read.company_accounts is 'One row per company and currency: what it sold, what it was paid, what it is owed.';
comment on column read.company_accounts.company is 'The company''s UUID.';
comment on column read.company_accounts.currency is 'ISO 4217 code of the amounts.';
comment on column read.company_accounts.lines is 'Number of delivered lines.';
comment on column read.company_accounts.sales is 'Totals of delivered lines less their discounts and the tax in them.';
comment on column read.company_accounts.commission is 'What the marketplace keeps of these.';
comment on column read.company_accounts.refunds is 'What was credited to customers (a positive number).';
comment on column read.company_accounts.refunded_commission is 'The commission on what was credited, which the marketplace gives back.';
comment on column read.company_accounts.delivery_fees is 'The company''s own delivery fees.';
comment on column read.company_accounts.in_payout is 'In payouts that are neither paid nor failed; part of what is owed.';
comment on column read.company_accounts.paid is 'In payouts that are paid.';
comment on column read.company_accounts.owed is 'sales - commission - refunds + refunded_commission + delivery_fees - paid.';

create or replace view read.payouts as
select id, company, status, currency, item_count,
       round(total * power(10::numeric, -exponent), exponent) as total,
       reference, version, created_at, paid_at, updated_at
from payouts;

comment on view read.payouts is 'One row per payout, failed ones too.';
comment on column read.payouts.id is 'The payout''s UUID; pay_ and its 32 hex digits in the API.';
comment on column read.payouts.company is 'The company''s UUID.';
comment on column read.payouts.status is 'pending, approved, paid or failed.';
comment on column read.payouts.currency is 'ISO 4217 code of the amount.';
comment on column read.payouts.item_count is 'How many items it was created with.';
comment on column read.payouts.total is 'What is paid.';
comment on column read.payouts.reference is 'What the bank or provider calls the payment; null until it is paid.';
comment on column read.payouts.version is 'Number of events of the payout so far.';
comment on column read.payouts.created_at is 'When it was created.';
comment on column read.payouts.paid_at is 'When the payment was made; null until it is paid.';
comment on column read.payouts.updated_at is 'When its last change was recorded.';
