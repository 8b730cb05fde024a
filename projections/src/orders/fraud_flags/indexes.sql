create index flags_flagged on flags (flagged_at, order_id);
create index flags_score on flags (score, order_id);
create index flags_open on flags (flagged_at, order_id) where status = 'open';
