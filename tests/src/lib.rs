//! The harness of the end-to-end tests: a private PostgreSQL, and a database for each test.

mod app;
mod postgres;

pub use app::{Client, Reply, TestApp};
pub use postgres::{PrivatePostgres, TestDatabase, server_url};
