//! Catalog: products as shops see them.

pub mod product_list;
