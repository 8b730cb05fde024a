//! What is in the catalogue, through HTTP.

mod attributes;
mod bulk;
mod categories;
mod imports;
mod reviews;
mod search;
mod seo;
mod units;
mod uploads;
mod uploads_direct;
