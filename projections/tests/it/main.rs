//! The projections against a real PostgreSQL.
#![cfg(test)]

mod categories;
mod customers;
mod empty;
mod exports;
mod folds;
mod lists;
mod offers;
mod support;
mod vendors;
mod views;
