//! Catalog: products as shops see them, the tree of categories, units, and reviews.

pub mod category_list;
pub mod product_list;
pub mod review_list;
pub mod unit_list;
