-- Every command writes an entry, and an entry of a tree costs more than its row: who asked and in which request are
-- looked for seldom, and a range of pages that cannot hold them is passed over by its Bloom filters.

drop index audit_log_actor;
drop index audit_log_request;

-- Some 70 rows stand on a page.
create index audit_log_actor_request on audit_log using brin (
    actor text_bloom_ops (n_distinct_per_range = 1200),
    request_id uuid_bloom_ops (n_distinct_per_range = 2400)
) with (pages_per_range = 32, autosummarize = on);
