//! What is in the catalogue, through HTTP.

mod categories;
mod search;
mod seo;
