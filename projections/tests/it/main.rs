//! The projections against a real PostgreSQL.
#![cfg(test)]

mod categories;
mod customers;
mod empty;
mod exports;
mod folds;
mod lists;
mod offers;
mod price_lists;
mod sales;
mod search;
mod stock;
mod support;
mod units;
mod vendors;
mod views;
