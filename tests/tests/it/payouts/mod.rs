//! Payouts and settlements over HTTP.

mod access;
mod journey;
pub(crate) mod shop;
