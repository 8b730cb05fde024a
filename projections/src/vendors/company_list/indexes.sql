create index companies_registered on companies (registered_at, id);
create index companies_zones on companies using gin (zones);
