//! Customers over HTTP.

mod addresses;
mod favorites;
mod people;
