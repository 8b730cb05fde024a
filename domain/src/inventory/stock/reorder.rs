//! Rules by which a warehouse orders more, and when it is time.

use std::collections::BTreeMap;

use super::StockState;
use crate::{
    ids::WarehouseId,
    inventory::{ReorderRule, StockEvent},
};

/// The rules of a product, by warehouse. Empty for most products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rules(BTreeMap<WarehouseId, Standing>);

/// A rule, and whether its point was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    rule: ReorderRule,
    is_told: bool,
}

impl Rules {
    pub(super) fn set(&mut self, warehouse: WarehouseId, rule: Option<ReorderRule>) {
        match rule {
            Some(rule) => self.0.insert(warehouse, Standing { rule, is_told: false }),
            None => self.0.remove(&warehouse),
        };
    }

    pub(super) fn told(&mut self, warehouse: WarehouseId) {
        if let Some(standing) = self.0.get_mut(&warehouse) {
            standing.is_told = true;
        }
    }

    /// Above its point a rule waits for the next crossing.
    pub(super) fn settle(&mut self, warehouse: WarehouseId, available: u64) {
        if let Some(standing) = self.0.get_mut(&warehouse)
            && available > u64::from(standing.rule.reorder_at)
        {
            standing.is_told = false;
        }
    }
}

impl StockState {
    /// The rule of one warehouse.
    #[must_use]
    pub fn reorder_rule(&self, warehouse: WarehouseId) -> Option<ReorderRule> {
        self.rules.0.get(&warehouse).map(|standing| standing.rule)
    }
}

/// What `events` bring to its point, one telling per warehouse at most.
pub(super) fn points_reached(state: &StockState, events: &[StockEvent]) -> Vec<StockEvent> {
    let sets_rule = |event: &StockEvent| matches!(event, StockEvent::ReorderRuleSet { .. });
    // Products without rules, nearly all, cost no copy.
    if state.rules.0.is_empty() && !events.iter().any(sets_rule) {
        return Vec::new();
    }
    let mut rules = state.rules.clone();
    let mut touched: BTreeMap<WarehouseId, u64> = BTreeMap::new();
    let mut delivered = Vec::new();
    for event in events {
        event.each_movement(|movement| {
            let units = touched
                .entry(movement.warehouse)
                .or_insert_with(|| state.level(movement.warehouse).available());
            *units = units.saturating_add_signed(movement.available());
        });
        match event {
            StockEvent::ReorderRuleSet { warehouse, rule } => {
                rules.set(*warehouse, *rule);
                touched.entry(*warehouse).or_insert_with(|| state.level(*warehouse).available());
            }
            StockEvent::StockReceived { warehouse, .. } => delivered.push(*warehouse),
            StockEvent::StockAdjusted { .. }
            | StockEvent::StockReserved { .. }
            | StockEvent::StockReleased { .. }
            | StockEvent::StockDeducted { .. }
            | StockEvent::StockReturned { .. }
            | StockEvent::StockTransferred { .. }
            | StockEvent::StockWasted { .. }
            | StockEvent::StockHeld { .. }
            | StockEvent::HoldReleased { .. }
            | StockEvent::StockThresholdSet { .. }
            | StockEvent::ReorderPointReached { .. }
            | StockEvent::StockFellLow { .. }
            | StockEvent::StockRanOut { .. }
            | StockEvent::StockRecovered { .. } => {}
        }
    }
    let mut reached = Vec::new();
    for (warehouse, available) in touched {
        let Some(standing) = rules.0.get(&warehouse) else {
            continue;
        };
        let is_due = available <= u64::from(standing.rule.reorder_at);
        if is_due && (!standing.is_told || delivered.contains(&warehouse)) {
            reached.push(StockEvent::ReorderPointReached { warehouse, available, rule: standing.rule });
        }
    }
    reached
}
