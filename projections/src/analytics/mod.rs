//! Analytics: what was sold.

pub mod sales;
