//! What is known of a product's stock.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Level, StockMark, allocation::Allocations, lots::Lots, reorder::Rules};
use crate::{
    ids::{HoldId, OrderId, ReturnId, WarehouseId},
    inventory::{Allocation, StockEvent},
};

/// What is known of a product's stock: counters per warehouse, and who has taken what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockState {
    /// Sorted, so that ties end the same way on every node and in every replay.
    levels: BTreeMap<WarehouseId, Level>,
    /// Whose units are of a lot.
    pub(super) lots: Lots,
    pub(super) rules: Rules,
    /// What is still reserved, per order; orders without any are left out.
    reservations: HashMap<OrderId, Allocations>,
    holds: HashMap<HoldId, HeldStock>,
    /// Returns that were put on hand, so that each counts once.
    returns: HashSet<ReturnId>,
}

/// Units that a cart holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldStock {
    allocations: Allocations,
    expires_at: DateTime<Utc>,
}

impl HeldStock {
    /// Where they are.
    #[must_use]
    pub fn allocations(&self) -> &[Allocation] {
        self.allocations.as_slice()
    }

    /// When the hold ends by itself; its units count as held until it is released.
    #[must_use]
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

impl StockState {
    /// The counters of every warehouse that the product was ever in, by id.
    pub fn levels(&self) -> impl Iterator<Item = (WarehouseId, Level)> + '_ {
        self.levels.iter().map(|(id, level)| (*id, *level))
    }

    /// The counters of one warehouse; all zero where the product never was.
    #[must_use]
    pub fn level(&self, warehouse: WarehouseId) -> Level {
        self.levels.get(&warehouse).copied().unwrap_or_default()
    }

    /// What can be reserved or held over all warehouses.
    #[must_use]
    pub fn available(&self) -> u64 {
        self.levels.values().fold(0, |sum, level| sum.saturating_add(level.available()))
    }

    /// What is still reserved for an order; empty where nothing is.
    #[must_use]
    pub fn reserved_for(&self, order: OrderId) -> &[Allocation] {
        self.reservations.get(&order).map_or(&[], Allocations::as_slice)
    }

    /// How many orders have something reserved.
    #[must_use]
    pub fn open_reservations(&self) -> usize {
        self.reservations.len()
    }

    /// A hold that has not ended.
    #[must_use]
    pub fn hold(&self, hold: HoldId) -> Option<&HeldStock> {
        self.holds.get(&hold)
    }

    /// The holds whose time is over at `now`, for the sweeper that releases them.
    pub fn expired_holds(&self, now: DateTime<Utc>) -> impl Iterator<Item = HoldId> + '_ {
        self.holds.iter().filter(move |(_, held)| held.expires_at <= now).map(|(id, _)| *id)
    }

    /// The units of this return are on hand again.
    #[must_use]
    pub fn has_booked_return(&self, return_id: ReturnId) -> bool {
        self.returns.contains(&return_id)
    }

    fn level_mut(&mut self, warehouse: WarehouseId) -> &mut Level {
        self.levels.entry(warehouse).or_default()
    }

    fn give_back(&mut self, order: OrderId, taken: &[Allocation]) {
        let Some(have) = self.reservations.get_mut(&order) else {
            return;
        };
        match have.without(taken) {
            Some(rest) => *have = rest,
            None => {
                self.reservations.remove(&order);
            }
        }
    }

    pub(super) fn evolve(&mut self, event: &StockEvent) {
        event.each_movement(|movement| {
            let level = self.level_mut(movement.warehouse);
            level.move_by(&movement);
            let available = level.available();
            self.rules.settle(movement.warehouse, available);
        });
        event.each_lot_movement(|movement| self.lots.move_by(&movement));
        match event {
            StockEvent::StockReceived { .. }
            | StockEvent::StockAdjusted { .. }
            | StockEvent::StockTransferred { .. }
            | StockEvent::StockWasted { .. } => {}
            StockEvent::StockReserved { order, allocations, .. } => {
                self.reservations.insert(*order, Allocations::from_slice(allocations));
            }
            StockEvent::StockReleased { order, allocations, .. }
            | StockEvent::StockDeducted { order, allocations, .. } => self.give_back(*order, allocations),
            StockEvent::StockReturned { return_id, .. } => {
                self.returns.insert(*return_id);
            }
            StockEvent::StockHeld { hold, allocations, expires_at } => {
                let held = HeldStock {
                    allocations: Allocations::from_slice(allocations),
                    expires_at: *expires_at,
                };
                self.holds.insert(*hold, held);
            }
            StockEvent::HoldReleased { hold, .. } => {
                self.holds.remove(hold);
            }
            StockEvent::StockThresholdSet { warehouse, threshold } => {
                self.level_mut(*warehouse).threshold = *threshold;
            }
            StockEvent::ReorderRuleSet { warehouse, rule } => self.rules.set(*warehouse, *rule),
            StockEvent::ReorderPointReached { warehouse, .. } => self.rules.told(*warehouse),
            StockEvent::StockFellLow { warehouse, .. } => self.level_mut(*warehouse).mark = StockMark::Low,
            StockEvent::StockRanOut { warehouse } => self.level_mut(*warehouse).mark = StockMark::Out,
            StockEvent::StockRecovered { warehouse, .. } => {
                self.level_mut(*warehouse).mark = StockMark::Normal;
            }
        }
    }
}
