//! Vendors over HTTP: companies and their terms.

pub(crate) mod change;
pub(crate) mod queries;
pub mod request;
pub mod response;
pub mod routes;
