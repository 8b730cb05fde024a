create index items_due on items (company, currency, position) where payout is null;
create index items_of_company on items (company, position);
create index items_of_payout on items (payout) where payout is not null;
create index payouts_created on payouts (created_at, id);
create index payouts_of_company on payouts (company, created_at, id);
