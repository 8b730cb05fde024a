-- Few of many levels are low or out, and those are what is asked for.
create index levels_short on levels (level, product, warehouse) where level <> 'normal';

-- What expires soon, the earliest first.
create index lots_expiring on lots (expires_on, product, warehouse, code);
