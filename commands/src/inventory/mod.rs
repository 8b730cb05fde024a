//! Inventory: warehouses, and what is on hand, reserved and held in them.
//!
//! Stock lives in one stream per product, so a warehouse cannot know by itself that it is empty. Closing one is
//! therefore done in steps that a claim holds together (see `warehouse`), and whatever brings stock in asks, under
//! the append lock, that its warehouse is open and not closing.

mod bulk;
mod hold;
mod hold_limits;
mod movement;
mod replenish;
mod stock;
mod stores;
mod suppliers;
mod warehouse;

use domain::{
    ids::{ProductId, WarehouseId},
    inventory::Level,
};
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use bulk::{BulkAccepted, BulkMode, MAX_BULK_ROWS, RowOutcome};
pub use hold::{HoldAccepted, HoldStock};
pub use hold_limits::MAX_HOLDS;
pub use movement::{TransferAccepted, TransferStock, WasteStock};
pub use replenish::{
    AutoReorder, MAX_RULES, REORDERS, ReorderAccepted, ReorderJob, ReorderMove, Reorders, SupplierAccepted,
};
pub use stock::{AdjustStock, ReceiveStock, SetThreshold};
pub use stores::NewStore;
pub use warehouse::{OpenWarehouse, WarehouseAccepted};

pub(crate) use hold::{HOLD_SCOPE, Held};
pub(crate) use hold_limits::consumed;
pub(crate) use warehouse::{WAREHOUSE_CODE_SCOPE, check_open, reads_warehouse};

use crate::code::codes;

codes! {
    UNKNOWN_TIME_ZONE = "inventory.unknown_time_zone" Invalid "there is no such time zone",
    CODE_TAKEN = "inventory.warehouse_code_taken" Conflict "another warehouse has this code",
    NOT_EMPTY = "inventory.warehouse_not_empty" Conflict "the warehouse still holds stock",
    FOREIGN_ZONE = "inventory.zone_not_allowed" Forbidden "the caller has warehouses of its own zones only",
    CLOSING = "inventory.warehouse_closing" Conflict "the warehouse is being closed",
    NOT_GOODS = "inventory.not_goods" Invalid "a service is not counted",
    SUPPLIER_CODE_TAKEN = "inventory.supplier_code_taken" Conflict "another supplier has this code",
    TOO_MANY_RULES = "inventory.too_many_rules" Invalid "at most 200 rules are set at once",
    TOO_MANY_ROWS = "inventory.too_many_rows" Invalid "at most 1000 rows are adjusted at once",
    NO_ROWS = "inventory.no_rows" Invalid "at least one row is needed",
    HOLD_TOO_SOON = "inventory.hold_too_soon" Conflict "the caller has held this product for as long as one may: others go first",
    TOO_MANY_HOLDS = "inventory.too_many_holds" Conflict "the caller has as many holds as one may have",
    ROWS_REFUSED = "inventory.rows_refused" Conflict "some rows cannot be adjusted, so none was",
}

/// The use cases on warehouses and stock.
#[derive(Clone)]
pub struct Inventory {
    log: Log,
}

impl Inventory {
    /// Use cases on `log`.
    #[must_use]
    pub const fn new(log: Log) -> Self {
        Self { log }
    }
}

/// A product's counters in one warehouse after a change, in base units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockAccepted {
    /// Which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// In the building.
    pub on_hand: u64,
    /// Taken by orders that have not shipped.
    pub reserved: u64,
    /// Taken by carts for some minutes.
    pub held: u64,
    /// on hand - reserved - held.
    pub available: u64,
    /// The version of the product's stock.
    pub version: i64,
}

impl StockAccepted {
    const fn new(product: ProductId, warehouse: WarehouseId, level: Level, version: i64) -> Self {
        Self {
            product,
            warehouse,
            on_hand: level.on_hand,
            reserved: level.reserved,
            held: level.held,
            available: level.available(),
            version,
        }
    }
}
