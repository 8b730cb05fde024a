//! The use cases on a real PostgreSQL: that of `SOUK_TEST_POSTGRES_URL`, or a private one.

#![cfg(test)]

mod catalog;
mod closing;
mod holds;
mod identity;
mod import;
mod inventory;
mod month;
mod orders;
mod ownership;
mod races;
mod returns;
mod shop;
