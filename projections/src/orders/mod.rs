//! Orders, returns and flags as lists and pages show them. The history of an order is read from the log itself.

pub mod fraud_flags;
pub mod order_list;
pub mod return_list;
