//! The API's description of itself: `/openapi.json`, and `/docs` to read it.

mod document;
mod ids;
mod problems;
pub mod routes;

pub use document::document;
