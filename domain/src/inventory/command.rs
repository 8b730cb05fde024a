//! What may be asked of a warehouse and of the stock of a product.

use chrono::{DateTime, Utc};

use super::{
    Allocation, Location, Lot, ReleaseCause, ReorderRule, ShippingEstimate, StoreFront, StoreStatus,
    WasteCause,
};
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
    /// Make it what this says.
    Revise(ReviseWarehouse),
    /// Give it a public front, or another one.
    SetFront {
        /// What the public sees.
        front: StoreFront,
    },
    /// Open, pause or close the store.
    SetStoreStatus {
        /// Which of these.
        status: StoreStatus,
        /// Why.
        reason: Option<Reason>,
    },
    /// Close it; the use case checks that no stock is left.
    Close {
        /// Why.
        reason: Option<Reason>,
    },
}

/// All that can be changed of a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviseWarehouse {
    /// What it is called.
    pub name: LocalizedText,
    /// Where it stands.
    pub country: Option<Country>,
    /// Zones that it serves; empty means all.
    pub zones: Vec<Zone>,
    /// Its place.
    pub location: Option<Location>,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingEstimate>,
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
        /// Of which lot, where that is known.
        lot: Option<Lot>,
    },
    /// Correct what is on hand; never below what is reserved and held.
    Adjust {
        /// Where.
        warehouse: WarehouseId,
        /// Units more or fewer; zero is refused.
        delta: i64,
        /// Why.
        reason: Reason,
        /// Which lot has more or fewer; without it more are of no lot, and fewer are taken as
        /// [`super::StockState::pick`] says.
        lot: Option<Lot>,
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
        /// The time of the decision: what has expired by then does not leave with an order.
        now: DateTime<Utc>,
    },
    /// Move units from one warehouse into another; never what is reserved or held.
    Transfer {
        /// Out of which.
        from: WarehouseId,
        /// Into which.
        to: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// Of which lot; without it those that expire first and have not expired.
        lot: Option<Lot>,
        /// Why.
        reason: Option<Reason>,
        /// The time of the decision.
        now: DateTime<Utc>,
    },
    /// Write units off; never what is reserved or held.
    Waste {
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// Why.
        cause: WasteCause,
        /// Of which lot; without it those that expire (or have expired) first.
        lot: Option<Lot>,
        /// What somebody wrote about it.
        note: Option<Reason>,
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
    /// Set (or end) the rule by which one warehouse orders more.
    SetReorderRule {
        /// Where.
        warehouse: WarehouseId,
        /// The rule.
        rule: Option<ReorderRule>,
    },
    /// Set the low-stock threshold of one warehouse.
    SetThreshold {
        /// Where.
        warehouse: WarehouseId,
        /// Units.
        threshold: u32,
    },
}
