//! Payouts and settlements over HTTP.

mod access;
mod journey;
mod shop;
