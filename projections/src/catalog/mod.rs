//! Catalog: products as shops see them, the tree of categories, and units.

pub mod category_list;
pub mod product_list;
pub mod unit_list;
