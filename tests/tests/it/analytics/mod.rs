//! Figures over all orders, through HTTP.

mod access;
mod month;
mod shop;
