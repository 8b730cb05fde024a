create index stock_alerts_of_customer on stock_alerts (customer, requested_at, product);
create index stock_alerts_served on stock_alerts (served_at) where served_at is not null;
create index needed_items_of_customer on needed_items (customer, created_at, id);
create index needed_items_by_time on needed_items (created_at, id);
