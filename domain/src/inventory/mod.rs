//! Inventory: what is on hand, reserved and available, per product and warehouse.

mod command;
mod error;
mod event;
mod lot;
mod replenishment;
mod replenishment_error;
mod replenishment_event;
mod stock;
mod warehouse;
mod warehouse_event;

pub use command::{ReviseWarehouse, StockCommand, WarehouseCommand};
pub use error::{StockError, WarehouseError};
pub use event::{Allocation, Lot, LotUnits, ReleaseCause, ReorderRule, StockEvent, WasteCause};
pub use replenishment::{
    MAX_LEAD_TIME_DAYS, Reorder, ReorderCommand, ReorderState, Supplier, SupplierCommand, SupplierState,
    WantedStock,
};
pub use replenishment_error::{ReorderError, SupplierError};
pub use replenishment_event::{ReorderEvent, SupplierDetails, SupplierEvent};
pub use stock::{HeldStock, Level, LotMovement, Movement, Pick, Stock, StockMark, StockState, deal};
pub use warehouse::{Premises, Store, Warehouse, WarehouseState};
pub use warehouse_event::{
    Location, OpeningHours, ShippingEstimate, StoreFront, StoreStatus, WarehouseEvent, Weekday,
};

/// The most units of one product in one warehouse: far above any building, and the sums over thousands of them
/// still are integers that every JSON reader holds exactly (2^53).
pub const MAX_ON_HAND: u64 = 1_000_000_000_000;

/// How long a hold may last, in minutes: enough for a checkout, too short to block goods.
pub const MAX_HOLD_MINUTES: i64 = 60;

/// How far around a store may serve, in metres.
pub const MAX_RADIUS_M: u32 = 200_000;

/// How long goods may be on their way, in days.
pub const MAX_SHIPPING_DAYS: u16 = 365;
