-- The default order of every list. Sorting by total, and filters that match few orders, read more: an index for
-- each would cost every order that is placed.
create index orders_placed on orders (placed_at, id);
create index orders_of_customer on orders (customer, placed_at, id) where customer is not null;
create index orders_external_id on orders (external_id) where external_id is not null;
