//! The harness of the end-to-end tests: a private PostgreSQL, a database for each test, and the counterparties that some
//! tests need.

mod app;
mod postgres;
mod rabbitmq;
mod smtp;

pub use app::{Client, MASTER_KEY, PASSWORD, Reply, TestApp};
pub use postgres::{PrivatePostgres, TestDatabase, server_url};
pub use rabbitmq::TestRabbitMq;
pub use smtp::{ReceivedMail, TestSmtp};
