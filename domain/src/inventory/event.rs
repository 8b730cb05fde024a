//! What may happen to the stock of a product.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{HoldId, OrderId, ReturnId, SupplierId, WarehouseId},
    quantity::Quantity,
    text::{LotCode, Reason},
};

/// Units in (or from) one warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Allocation {
    /// Where.
    pub warehouse: WarehouseId,
    /// How many.
    pub quantity: Quantity,
}

/// What tells units of a product apart: the maker's code, the last good day, or both. Ordered as units are taken: the
/// earliest last day first, lots that never expire last, then by code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lot {
    /// The maker's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<LotCode>,
    /// The last day on which it may be sold (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
}

/// Units of one lot in (or from) one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LotUnits {
    /// Where.
    pub warehouse: WarehouseId,
    /// Of which lot.
    pub lot: Lot,
    /// How many.
    pub quantity: Quantity,
}

/// When a warehouse orders more of a product by itself, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorderRule {
    /// At or below how many available units.
    pub reorder_at: u32,
    /// How many are ordered.
    pub quantity: Quantity,
    /// From whom, where that is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierId>,
}

/// Why reserved or held stock became available again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseCause {
    /// The order was cancelled.
    Cancelled,
    /// The order was edited; what it needs now is reserved in the same unit.
    Edited,
    /// The time ran out.
    Expired,
    /// The holder gave it back.
    GivenBack,
    /// A reservation took over the hold.
    Consumed,
}

/// Why units were written off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WasteCause {
    /// Past its last good day.
    Expired,
    /// Broken, wet, torn.
    Damaged,
    /// Stolen or never found again.
    Lost,
}

impl WasteCause {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
        }
    }
}

/// A fact about the stock of one product over all warehouses. The stream's id is the product's.
/// on hand = received + adjusted + returned - deducted - wasted; available = on hand - reserved - held. A transfer
/// changes where units are, and not how many there are.
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
        /// Of which lot, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<Lot>,
    },
    /// A count, a loss or a find corrected what is on hand.
    StockAdjusted {
        /// Where.
        warehouse: WarehouseId,
        /// Units more (positive) or fewer (negative); never zero.
        delta: i64,
        /// Why.
        reason: Reason,
        /// Which lots have more or fewer units, where lots are known; the rest is of no lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotUnits>,
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
        /// Of which lots; the rest is of no lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotUnits>,
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
    /// Units went from one warehouse into another, with their lots.
    StockTransferred {
        /// Out of which.
        from: WarehouseId,
        /// Into which.
        to: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// Of which lots (as they lay in `from`); the rest is of no lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotUnits>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// Units were written off.
    StockWasted {
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// Why.
        cause: WasteCause,
        /// Of which lots; the rest is of no lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotUnits>,
        /// What somebody wrote about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Reason>,
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
    /// More is ordered by this rule from now on; without one, nothing is ordered by itself.
    ReorderRuleSet {
        /// Where.
        warehouse: WarehouseId,
        /// The rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<ReorderRule>,
    },
    /// Available units came to the rule's point or below: it is time to order. Once per crossing, and again when a delivery
    /// did not bring enough.
    ReorderPointReached {
        /// Where.
        warehouse: WarehouseId,
        /// What is left.
        available: u64,
        /// What is to be ordered.
        rule: ReorderRule,
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
        ("StockTransferred", 1),
        ("StockWasted", 1),
        ("StockHeld", 1),
        ("HoldReleased", 1),
        ("StockThresholdSet", 1),
        ("ReorderRuleSet", 1),
        ("ReorderPointReached", 1),
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
            Self::StockTransferred { .. } => "StockTransferred",
            Self::StockWasted { .. } => "StockWasted",
            Self::StockHeld { .. } => "StockHeld",
            Self::HoldReleased { .. } => "HoldReleased",
            Self::StockThresholdSet { .. } => "StockThresholdSet",
            Self::ReorderRuleSet { .. } => "ReorderRuleSet",
            Self::ReorderPointReached { .. } => "ReorderPointReached",
            Self::StockFellLow { .. } => "StockFellLow",
            Self::StockRanOut { .. } => "StockRanOut",
            Self::StockRecovered { .. } => "StockRecovered",
        }
    }
}
