create index price_lists_created on price_lists (created_at, id);
create index price_lists_customers on price_lists using gin (customers);
create index price_lists_groups on price_lists using gin (groups);
create index list_prices_product on list_prices (product);
