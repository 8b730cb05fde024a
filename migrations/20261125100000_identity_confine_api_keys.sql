-- A key may be confined as an account is: to zones, to a company, or to both.

alter table api_keys
    add column zones      text[] not null default '{}',
    add column company_id uuid;

comment on column api_keys.zones is 'The zones that restrict it; empty means none do.';
comment on column api_keys.company_id is 'The company that it is confined to.';
