//! What may be asked of a warehouse and of the stock of a product.

use chrono::{DateTime, Utc};

use super::{Allocation, ReleaseCause};
use crate::{
    ids::{HoldId, OrderId, ReturnId, WarehouseId},
    quantity::Quantity,
    text::{Code, Country, LocalizedText, Reason, Zone},
};

/// A request to one warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarehouseCommand {
    /// Open it.
    Open {
        /// Short unique code; the use case claims it.
        code: Code,
        /// What it is called.
        name: LocalizedText,
        /// Where it stands.
        country: Option<Country>,
        /// Zones that it serves; empty means all.
        zones: Vec<Zone>,
    },
    /// Close it; the use case checks that no stock is left.
    Close {
        /// Why.
        reason: Option<Reason>,
    },
}

/// A request to the stock of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StockCommand {
    /// Book an arrival.
    Receive {
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// The delivery's reference.
        reference: Option<Reason>,
    },
    /// Correct what is on hand; never below what is reserved and held.
    Adjust {
        /// Where.
        warehouse: WarehouseId,
        /// Units more or fewer; zero is refused.
        delta: i64,
        /// Why.
        reason: Reason,
    },
    /// Take units for an order (all of its lines of this product together), consuming `hold` where it names one.
    Reserve {
        /// For which order; a second reservation of the same order is refused.
        order: OrderId,
        /// How many.
        quantity: Quantity,
        /// Warehouses in order of preference; those not named come after, fullest first.
        preferred: Vec<WarehouseId>,
        /// The cart's hold: its units are taken first, what it holds beyond `quantity` is available again.
        hold: Option<HoldId>,
        /// The time of the decision; an expired hold is refused.
        now: DateTime<Utc>,
    },
    /// Give an order's units back (all that is still reserved when `allocations` is `None`).
    Release {
        /// Of which order.
        order: OrderId,
        /// Which of them.
        allocations: Option<Vec<Allocation>>,
        /// Why.
        cause: ReleaseCause,
    },
    /// Ship reserved units of an order.
    Deduct {
        /// With which order.
        order: OrderId,
        /// From where.
        allocations: Vec<Allocation>,
    },
    /// Put returned units back on hand.
    Return {
        /// With which return; a second booking of the same return is refused.
        return_id: ReturnId,
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
    },
    /// Hold units for a cart.
    Hold {
        /// Which hold.
        hold: HoldId,
        /// How many.
        quantity: Quantity,
        /// Warehouses in order of preference.
        preferred: Vec<WarehouseId>,
        /// When it ends by itself; at most an hour after `now`.
        expires_at: DateTime<Utc>,
        /// The time of the decision.
        now: DateTime<Utc>,
    },
    /// End a hold: by the holder at any time, by the clock once it has expired.
    ReleaseHold {
        /// Which hold.
        hold: HoldId,
        /// Given back, or expired.
        cause: ReleaseCause,
        /// The time of the decision.
        now: DateTime<Utc>,
    },
    /// Set the low-stock threshold of one warehouse.
    SetThreshold {
        /// Where.
        warehouse: WarehouseId,
        /// Units.
        threshold: u32,
    },
}
