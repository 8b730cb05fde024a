//! Payouts over HTTP, and settlements.

pub(crate) mod change;
pub(crate) mod queries;
pub mod request;
pub mod response;
pub mod routes;
pub(crate) mod settlements;
