//! The harness of the end-to-end tests: a database per test.

mod postgres;

pub use postgres::TestDatabase;
