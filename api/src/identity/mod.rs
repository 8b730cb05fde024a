//! Identity: signing in and out, and who one is.

mod request;
mod response;
pub mod routes;
