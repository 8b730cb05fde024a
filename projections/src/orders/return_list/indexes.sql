create index returns_requested on returns (requested_at, id);
create index returns_of_order on returns (order_id) where order_id is not null;
create index returns_of_customer on returns (customer, requested_at, id) where customer is not null;
create index returns_external_id on returns (external_id) where external_id is not null;
