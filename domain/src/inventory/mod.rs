//! Inventory: what is on hand, reserved and available, per product and warehouse.

mod command;
mod event;

pub use command::{StockCommand, WarehouseCommand};
pub use event::{Allocation, ReleaseCause, StockEvent, WarehouseEvent};
