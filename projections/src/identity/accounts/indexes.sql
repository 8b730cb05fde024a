create index accounts_registered on accounts (registered_at, id);
