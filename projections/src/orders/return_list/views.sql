create or replace view read.returns as
select id, order_id, external_id, customer, country, status, currency,
       round(total * power(10::numeric, -exponent), exponent) as total,
       warehouse, credit_number, line_count, version, requested_at, recorded_at, updated_at
from returns;

comment on view read.returns is 'One row per return that was ever requested, rejected ones too.';
comment on column read.returns.id is 'The return''s UUID; ret_ and its 32 hex digits in the API.';
comment on column read.returns.order_id is 'UUID of the order; null where a legacy credit names none.';
comment on column read.returns.external_id is 'Its number in another system.';
comment on column read.returns.customer is 'Account UUID of the customer, a pseudonym: names are not here.';
comment on column read.returns.country is 'Country of the sale.';
comment on column read.returns.status is 'requested, approved, received, credited or rejected.';
comment on column read.returns.currency is 'ISO 4217 code of its amounts.';
comment on column read.returns.total is 'What is paid back, in units of currency (a positive number).';
comment on column read.returns.warehouse is 'UUID of the warehouse that the units went to; null until they are received.';
comment on column read.returns.credit_number is 'Number of the credit, without gaps; null until it is issued.';
comment on column read.returns.line_count is 'Number of lines.';
comment on column read.returns.version is 'Number of events of the return so far.';
comment on column read.returns.requested_at is 'When it was requested, which may be earlier than its recording.';
comment on column read.returns.recorded_at is 'When the request was written into the log.';
comment on column read.returns.updated_at is 'When its last change was written into the log.';
