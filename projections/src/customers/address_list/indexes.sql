create index addresses_of_customer on addresses (customer, id);
