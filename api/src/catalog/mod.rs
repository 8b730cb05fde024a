//! Catalog: products and categories.

pub(crate) mod categories;
pub mod category_request;
pub mod category_response;
mod history;
mod listing;
mod pages;
pub(crate) mod product_lists;
pub mod request;
pub mod response;
pub mod routes;

pub use pages::{ProductPages, READ_MODEL};
