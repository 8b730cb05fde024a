//! The projections against a real PostgreSQL.
#![cfg(test)]

mod categories;
mod customers;
mod demand;
mod empty;
mod exports;
mod flags;
mod folds;
mod lists;
mod lots;
mod loyalty;
mod offers;
mod past;
mod price_lists;
mod replenishment;
mod reviews;
mod sales;
mod search;
mod stock;
mod stores;
mod support;
mod units;
mod vendors;
mod views;
