//! Inventory: warehouses and what is in them.

pub mod movement;
pub(crate) mod movements;
mod reach;
pub mod request;
pub mod response;
pub mod routes;
pub(crate) mod shortage;
pub(crate) mod warehouses;
