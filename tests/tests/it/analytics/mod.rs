//! Figures over all orders, through HTTP.

mod access;
mod exports;
mod month;
mod shop;
