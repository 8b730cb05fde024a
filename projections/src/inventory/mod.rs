//! Inventory: what is where, and how it came there.

pub mod replenishment;
pub mod stock_history;
pub mod stock_levels;
