//! Customers over HTTP.

mod addresses;
mod favorites;
mod loyalty;
mod needed_items;
mod one_click;
mod people;
mod stock_alerts;
