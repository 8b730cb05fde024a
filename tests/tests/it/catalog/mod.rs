//! What is in the catalogue, through HTTP.

mod bulk;
mod categories;
mod search;
mod seo;
mod units;
