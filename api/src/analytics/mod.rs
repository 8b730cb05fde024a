//! Analytics: figures over all orders.

mod response;
pub mod routes;
