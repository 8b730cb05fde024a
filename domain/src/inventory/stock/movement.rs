//! What an event does to the counters: the one place that says so, for the aggregate and for every projection.

use crate::{
    ids::WarehouseId,
    inventory::{Allocation, Lot, LotUnits, StockEvent},
    quantity::Quantity,
};

/// What one event changes in one warehouse, in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// Where.
    pub warehouse: WarehouseId,
    /// Change of what is in the building.
    pub on_hand: i64,
    /// Change of what orders have taken.
    pub reserved: i64,
    /// Change of what carts have taken.
    pub held: i64,
}

/// What one event changes in one lot of one warehouse, in base units; part of a [`Movement`] of what is on hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotMovement<'a> {
    /// Where.
    pub warehouse: WarehouseId,
    /// Of which lot.
    pub lot: &'a Lot,
    /// Change of what is in the building.
    pub on_hand: i64,
}

impl Movement {
    const fn none(warehouse: WarehouseId) -> Self {
        Self { warehouse, on_hand: 0, reserved: 0, held: 0 }
    }

    const fn on_hand(warehouse: WarehouseId, on_hand: i64) -> Self {
        let none = Self::none(warehouse);
        Self { on_hand, ..none }
    }

    /// Change of what can be reserved or held.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.on_hand - self.reserved - self.held
    }
}

fn units(quantity: Quantity) -> i64 {
    i64::from(quantity.get())
}

impl StockEvent {
    /// Calls `each` for every warehouse (and allocation) that the event moves units in.
    pub fn each_movement(&self, mut each: impl FnMut(Movement)) {
        let mut every = |allocations: &[Allocation], on_hand: i64, reserved: i64, held: i64| {
            for Allocation { warehouse, quantity } in allocations {
                each(Movement {
                    warehouse: *warehouse,
                    on_hand: on_hand * units(*quantity),
                    reserved: reserved * units(*quantity),
                    held: held * units(*quantity),
                });
            }
        };
        match self {
            Self::StockReserved { allocations, .. } => every(allocations, 0, 1, 0),
            Self::StockReleased { allocations, .. } => every(allocations, 0, -1, 0),
            Self::StockDeducted { allocations, .. } => every(allocations, -1, -1, 0),
            Self::StockHeld { allocations, .. } => every(allocations, 0, 0, 1),
            Self::HoldReleased { allocations, .. } => every(allocations, 0, 0, -1),
            Self::StockReceived { warehouse, quantity, .. }
            | Self::StockReturned { warehouse, quantity, .. } => {
                each(Movement::on_hand(*warehouse, units(*quantity)));
            }
            Self::StockAdjusted { warehouse, delta, .. } => each(Movement::on_hand(*warehouse, *delta)),
            Self::StockWasted { warehouse, quantity, .. } => {
                each(Movement::on_hand(*warehouse, -units(*quantity)));
            }
            Self::StockTransferred { from, to, quantity, .. } => {
                each(Movement::on_hand(*from, -units(*quantity)));
                each(Movement::on_hand(*to, units(*quantity)));
            }
            Self::StockThresholdSet { .. }
            | Self::ReorderRuleSet { .. }
            | Self::ReorderPointReached { .. }
            | Self::StockFellLow { .. }
            | Self::StockRanOut { .. }
            | Self::StockRecovered { .. } => {}
        }
    }

    /// Calls `each` for every lot that the event moves units of.
    pub fn each_lot_movement<'a>(&'a self, mut each: impl FnMut(LotMovement<'a>)) {
        let mut every = |lots: &'a [LotUnits], into: Option<WarehouseId>, sign: i64| {
            for LotUnits { warehouse, lot, quantity } in lots {
                let warehouse = into.unwrap_or(*warehouse);
                each(LotMovement { warehouse, lot, on_hand: sign * units(*quantity) });
            }
        };
        match self {
            Self::StockReceived { warehouse, quantity, lot: Some(lot), .. } => {
                each(LotMovement { warehouse: *warehouse, lot, on_hand: units(*quantity) });
            }
            Self::StockAdjusted { delta, lots, .. } => every(lots, None, delta.signum()),
            Self::StockDeducted { lots, .. } | Self::StockWasted { lots, .. } => every(lots, None, -1),
            Self::StockTransferred { to, lots, .. } => {
                every(lots, None, -1);
                every(lots, Some(*to), 1);
            }
            Self::StockReceived { lot: None, .. }
            | Self::StockReserved { .. }
            | Self::StockReleased { .. }
            | Self::StockReturned { .. }
            | Self::StockHeld { .. }
            | Self::HoldReleased { .. }
            | Self::StockThresholdSet { .. }
            | Self::ReorderRuleSet { .. }
            | Self::ReorderPointReached { .. }
            | Self::StockFellLow { .. }
            | Self::StockRanOut { .. }
            | Self::StockRecovered { .. } => {}
        }
    }
}
