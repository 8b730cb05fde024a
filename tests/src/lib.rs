//! The harness of the end-to-end tests: a private PostgreSQL, and a database for each test.

mod postgres;

pub use postgres::{PrivatePostgres, TestDatabase, server_url};
