//! Inventory: warehouses and what is in them.

pub mod expiring;
pub mod movement;
pub(crate) mod movements;
pub mod place;
mod reach;
pub mod reorders;
pub mod report;
pub mod request;
pub mod reservations;
pub mod response;
pub mod restock;
pub mod routes;
pub(crate) mod shortage;
pub mod store_admin;
pub mod store_response;
pub(crate) mod stores;
pub mod suppliers;
pub mod transfers;
pub mod warehouse_request;
pub(crate) mod warehouses;
