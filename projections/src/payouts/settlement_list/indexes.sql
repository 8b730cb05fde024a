create index settlements_created on settlements (created_at, id);
create index settlements_of_company on settlements (company, created_at, id);
