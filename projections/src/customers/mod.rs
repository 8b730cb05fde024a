//! Customers: their addresses, and what they want and cannot have, sealed as their events have them.

pub mod address_list;
pub mod unmet_demand;
