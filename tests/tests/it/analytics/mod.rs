//! Figures over all orders, through HTTP.

mod access;
mod auditors;
mod exports;
mod month;
mod shop;
