//! What may happen to a warehouse and to the stock of a product.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{HoldId, OrderId, ReturnId, WarehouseId},
    quantity::Quantity,
    text::{Code, Country, LocalizedText, Reason, Zone},
};

/// Units in (or from) one warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allocation {
    /// Where.
    pub warehouse: WarehouseId,
    /// How many.
    pub quantity: Quantity,
}

/// A fact about one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WarehouseEvent {
    /// It holds stock from now on.
    WarehouseOpened {
        /// Short unique code.
        code: Code,
        /// What it is called.
        name: LocalizedText,
        /// Where it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// Zones that it serves; empty means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
    },
    /// It holds no stock any more.
    WarehouseClosed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for WarehouseEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("WarehouseOpened", 1), ("WarehouseClosed", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::WarehouseOpened { .. } => "WarehouseOpened",
            Self::WarehouseClosed { .. } => "WarehouseClosed",
        }
    }
}

/// Why reserved or held stock became available again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseCause {
    /// The order was cancelled.
    Cancelled,
    /// The time ran out.
    Expired,
    /// The holder gave it back.
    GivenBack,
    /// A reservation took over the hold.
    Consumed,
}

/// A fact about the stock of one product over all warehouses. The stream's id is the product's.
/// on hand = received + adjusted + returned - deducted; available = on hand - reserved - held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockEvent {
    /// Units arrived.
    StockReceived {
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// The delivery's reference.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Reason>,
    },
    /// A count, a loss or a find corrected what is on hand.
    StockAdjusted {
        /// Where.
        warehouse: WarehouseId,
        /// Units more (positive) or fewer (negative); never zero.
        delta: i64,
        /// Why.
        reason: Reason,
    },
    /// An order took them; they are still on hand.
    StockReserved {
        /// For which order.
        order: OrderId,
        /// From where.
        allocations: Vec<Allocation>,
        /// The hold that this reservation consumed; the `HoldReleased` just before it ended the hold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<HoldId>,
    },
    /// An order's units, or some of them, are available again.
    StockReleased {
        /// Of which order.
        order: OrderId,
        /// Where.
        allocations: Vec<Allocation>,
        /// Why.
        cause: ReleaseCause,
    },
    /// Reserved units left the building.
    StockDeducted {
        /// With which order.
        order: OrderId,
        /// From where.
        allocations: Vec<Allocation>,
    },
    /// Returned units are on hand again.
    StockReturned {
        /// With which return.
        return_id: ReturnId,
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
    },
    /// A cart holds units for some minutes.
    StockHeld {
        /// Which hold.
        hold: HoldId,
        /// From where.
        allocations: Vec<Allocation>,
        /// When it ends by itself.
        expires_at: DateTime<Utc>,
    },
    /// Held units are available again.
    HoldReleased {
        /// Which hold.
        hold: HoldId,
        /// Where.
        allocations: Vec<Allocation>,
        /// Why.
        cause: ReleaseCause,
    },
    /// At or below how many available units the stock is low.
    StockThresholdSet {
        /// Where.
        warehouse: WarehouseId,
        /// Units.
        threshold: u32,
    },
    /// Available units came to the threshold or below; once per crossing.
    StockFellLow {
        /// Where.
        warehouse: WarehouseId,
        /// What is left, above zero.
        available: u64,
        /// The threshold.
        threshold: u32,
    },
    /// Nothing is available any more; once per crossing.
    StockRanOut {
        /// Where.
        warehouse: WarehouseId,
    },
    /// Available units are above the threshold (and above zero) again; once per crossing.
    StockRecovered {
        /// Where.
        warehouse: WarehouseId,
        /// What is available.
        available: u64,
    },
}

impl Event for StockEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("StockReceived", 1),
        ("StockAdjusted", 1),
        ("StockReserved", 1),
        ("StockReleased", 1),
        ("StockDeducted", 1),
        ("StockReturned", 1),
        ("StockHeld", 1),
        ("HoldReleased", 1),
        ("StockThresholdSet", 1),
        ("StockFellLow", 1),
        ("StockRanOut", 1),
        ("StockRecovered", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::StockReceived { .. } => "StockReceived",
            Self::StockAdjusted { .. } => "StockAdjusted",
            Self::StockReserved { .. } => "StockReserved",
            Self::StockReleased { .. } => "StockReleased",
            Self::StockDeducted { .. } => "StockDeducted",
            Self::StockReturned { .. } => "StockReturned",
            Self::StockHeld { .. } => "StockHeld",
            Self::HoldReleased { .. } => "HoldReleased",
            Self::StockThresholdSet { .. } => "StockThresholdSet",
            Self::StockFellLow { .. } => "StockFellLow",
            Self::StockRanOut { .. } => "StockRanOut",
            Self::StockRecovered { .. } => "StockRecovered",
        }
    }
}
