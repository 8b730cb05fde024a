create or replace view read.companies as
select id, name ->> 'en' as name, name as names, zones, active, commission_basis_points, version, registered_at,
       updated_at
from companies;

comment on view read.companies is 'One row per company that was ever registered, inactive ones too.';
comment on column read.companies.id is 'The company''s UUID; com_ and its 32 hex digits in the API.';
comment on column read.companies.name is 'Name in English; null where there is none.';
comment on column read.companies.names is 'Names by BCP 47 language tag.';
comment on column read.companies.zones is 'Zones that it delivers to; empty means all.';
comment on column read.companies.active is 'Whether its goods can be ordered.';
comment on column read.companies.commission_basis_points is 'Commission of orders that are placed now, in hundredths of a percent; placed orders keep theirs.';
comment on column read.companies.version is 'Number of events of the company so far.';
comment on column read.companies.registered_at is 'When it was registered.';
comment on column read.companies.updated_at is 'When its last change was recorded.';
