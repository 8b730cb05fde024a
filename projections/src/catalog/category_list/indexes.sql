create index categories_parent on categories (parent, sort_order, id);
create index category_slugs_category on category_slugs (category);
