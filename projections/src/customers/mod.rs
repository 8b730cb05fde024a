//! Customers: their addresses and what they want and cannot have, sealed as their events have them, and their points.

pub mod address_list;
pub mod loyalty;
pub mod unmet_demand;
