//! The use cases on a real PostgreSQL.

#![cfg(test)]

mod cart;
mod catalog;
mod closing;
mod erasure;
mod hold_limits;
mod holds;
mod identity;
mod import;
mod inventory;
mod month;
mod orders;
mod ownership;
mod payouts;
mod pricing;
mod races;
mod returns;
mod settlements;
mod shop;
mod signing_keys;
mod vendors;
