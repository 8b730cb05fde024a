//! Customers over HTTP.

mod addresses;
mod people;
