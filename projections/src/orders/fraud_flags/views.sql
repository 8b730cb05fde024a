create or replace view read.fraud_flags as
select order_id, status, score, reasons, model_version, reviewed_at, flagged_at, updated_at
from flags;

comment on view read.fraud_flags is 'One row per order that was taken for fraud.';
comment on column read.fraud_flags.order_id is 'UUID of the order.';
comment on column read.fraud_flags.status is 'open (the order is held), cleared or confirmed.';
comment on column read.fraud_flags.score is 'The points of all reasons, at most 1,000.';
comment on column read.fraud_flags.reasons is 'JSON text: the signals with their points.';
comment on column read.fraud_flags.model_version is 'From how many orders the model had learned.';
comment on column read.fraud_flags.reviewed_at is 'When somebody cleared or confirmed it; null while it is open.';
comment on column read.fraud_flags.flagged_at is 'When it was flagged last.';
comment on column read.fraud_flags.updated_at is 'When its last change was recorded.';
