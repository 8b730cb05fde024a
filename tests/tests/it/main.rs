//! End-to-end tests: one binary, real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where an expectation fails"
)]

mod analytics;
mod broker;
mod bucket;
mod cart;
mod catalog;
mod customers;
mod defence;
mod faults;
mod files;
mod http;
mod identity;
mod inventory;
mod log;
mod operations;
mod orders;
mod payouts;
mod pricing;
mod process;
mod realtime;
#[path = "../../security/mod.rs"]
mod security;
mod vendors;
