//! Orders and returns as lists and pages show them. The history of an order is read from the log itself.

pub mod order_list;
pub mod return_list;
