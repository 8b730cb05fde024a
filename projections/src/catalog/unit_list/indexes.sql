create index units_code on units (code, id);
create index selling_units_product on selling_units (product, created_at, id);
create index selling_units_created on selling_units (created_at, id);
