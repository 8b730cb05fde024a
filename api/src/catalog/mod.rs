//! Catalog: products and categories.

pub mod attribute_request;
pub(crate) mod attributes;
pub mod bulk;
pub(crate) mod categories;
pub mod category_request;
pub mod category_response;
pub mod description;
mod history;
pub mod listing;
pub(crate) mod moderation;
mod pages;
pub(crate) mod product_lists;
pub mod request;
pub mod response;
pub mod review_request;
pub mod review_response;
pub(crate) mod reviews;
pub mod routes;
pub(crate) mod search;
pub mod search_response;
pub(crate) mod selling_units;
pub(crate) mod seo;
pub mod seo_response;
pub(crate) mod sitemap;
pub mod sustainability;
pub mod unit_request;
pub mod unit_response;
pub(crate) mod units;
mod upload_body;
pub mod upload_response;
pub(crate) mod uploads;

pub use pages::{ProductPages, READ_MODEL};
