//! Inventory: what is on hand, reserved and available, per product and warehouse.

mod command;
mod error;
mod event;
mod stock;
mod warehouse;

pub use command::{StockCommand, WarehouseCommand};
pub use error::{StockError, WarehouseError};
pub use event::{Allocation, ReleaseCause, StockEvent, WarehouseEvent};
pub use stock::{HeldStock, Level, Movement, Stock, StockMark, StockState, deal};
pub use warehouse::{Premises, Warehouse, WarehouseState};

/// The most units of one product in one warehouse: far above any building, and the sums over thousands of them
/// still are integers that every JSON reader holds exactly (2^53).
pub const MAX_ON_HAND: u64 = 1_000_000_000_000;

/// How long a hold may last, in minutes: enough for a checkout, too short to block goods.
pub const MAX_HOLD_MINUTES: i64 = 60;
