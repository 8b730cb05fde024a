//! Operations: is the node well, how far are the read models, what stands in the log.

pub(crate) mod audit;
mod health;
pub(crate) mod projections;
pub mod routes;
