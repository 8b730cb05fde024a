//! What an event does to the counters: the one place that says so, for the aggregate and for every projection.

use crate::{
    ids::WarehouseId,
    inventory::{Allocation, StockEvent},
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
            Self::StockThresholdSet { .. }
            | Self::StockFellLow { .. }
            | Self::StockRanOut { .. }
            | Self::StockRecovered { .. } => {}
        }
    }
}
