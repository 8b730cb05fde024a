//! Catalog: products as shops see them, and the tree of categories.

pub mod category_list;
pub mod product_list;
