//! HTTP: routes, extractors, answers. Everything that decides lives in `commands`, everything that is read in
//! `projections`; here requests are parsed and answers are shaped.

pub mod analytics;
pub mod cart;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod customers;
pub mod demo;
pub mod docs;
pub mod http;
pub mod identity;
pub mod inventory;
pub mod operations;
pub mod orders;
pub mod outside;
pub mod payouts;
pub mod pricing;
pub mod realtime;
pub mod server;
pub mod souk;
pub mod vendors;

mod evidence;
mod housekeeping;
mod steps;
