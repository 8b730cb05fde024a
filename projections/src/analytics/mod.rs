//! Analytics: what was sold, and whole lists to take away.

pub mod exports;
pub mod sales;
