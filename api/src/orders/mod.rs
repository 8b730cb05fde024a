//! Orders: placing, following, moving, cancelling and giving back.

pub(crate) mod address;
pub(crate) mod analytics;
pub(crate) mod edit;
pub(crate) mod fraud;
mod fraud_body;
pub(crate) mod history;
pub(crate) mod invoice;
mod listing;
pub(crate) mod queries;
mod reach;
pub mod request;
pub mod response;
pub mod return_response;
pub(crate) mod returns;
pub mod routes;

pub(crate) use reach::{Whose, reaches};
