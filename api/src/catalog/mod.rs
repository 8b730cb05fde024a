//! Catalog: products.

mod history;
mod listing;
mod pages;
pub mod request;
pub mod response;
pub mod routes;

pub use pages::{ProductPages, READ_MODEL};
