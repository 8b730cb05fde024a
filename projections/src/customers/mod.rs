//! Customers: their addresses, sealed as their events have them.

pub mod address_list;
