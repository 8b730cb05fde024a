create index movements_of_customer on movements (customer, position);
