//! Which lots lie where, and which of them are taken first.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{LotMovement, StockState};
use crate::{
    ids::WarehouseId,
    inventory::{Lot, LotUnits, StockError},
    quantity::Quantity,
};

/// The lots of a product, by warehouse, in the order in which they are taken. Empty for most products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lots(BTreeMap<WarehouseId, BTreeMap<Lot, u64>>);

impl Lots {
    fn of(&self, warehouse: WarehouseId) -> impl Iterator<Item = (&Lot, u64)> {
        self.0.get(&warehouse).into_iter().flatten().map(|(lot, units)| (lot, *units))
    }

    /// Saturates, because folding never fails; `decide` has refused whatever would.
    pub(super) fn move_by(&mut self, movement: &LotMovement<'_>) {
        let lots = self.0.entry(movement.warehouse).or_default();
        let units = lots.get(movement.lot).copied().unwrap_or_default();
        match units.saturating_add_signed(movement.on_hand) {
            0 => lots.remove(movement.lot),
            units => lots.insert(movement.lot.clone(), units),
        };
        if lots.is_empty() {
            self.0.remove(&movement.warehouse);
        }
    }
}

/// Which lots may be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick<'a> {
    /// This one only.
    Lot(&'a Lot),
    /// Those that have not expired before this day.
    Unexpired(NaiveDate),
    /// All.
    Any,
}

impl StockState {
    /// The lots of one warehouse with their units, in the order in which they are taken.
    pub fn lots(&self, warehouse: WarehouseId) -> impl Iterator<Item = (&Lot, u64)> {
        self.lots.of(warehouse)
    }

    /// What has expired before `today` in one warehouse and is still on hand.
    #[must_use]
    pub fn expired(&self, warehouse: WarehouseId, today: NaiveDate) -> u64 {
        sum(self.lots.of(warehouse).filter(|(lot, _)| lot.has_expired(today)))
    }

    /// What can be reserved or held in one warehouse: on hand - expired - reserved - held.
    #[must_use]
    pub fn sellable(&self, warehouse: WarehouseId, today: NaiveDate) -> u64 {
        let level = self.level(warehouse);
        level.on_hand.saturating_sub(self.expired(warehouse, today)).saturating_sub(level.committed())
    }

    /// Picks the lots that `units` of one warehouse are taken from: those that expire first go first, lots that never
    /// expire after them, units of no lot last. Units of no lot are not among the answer.
    ///
    /// # Errors
    /// [`StockError::LotTooSmall`]; [`StockError::ExpiredStock`].
    pub fn pick(
        &self,
        warehouse: WarehouseId,
        units: u64,
        from: Pick<'_>,
    ) -> Result<Vec<LotUnits>, StockError> {
        let mut picked = Vec::new();
        let mut wanted = units;
        for (lot, have) in self.lots.of(warehouse).filter(|(lot, _)| from.allows(lot)) {
            let cut = wanted.min(have);
            wanted -= cut;
            picked.extend(units_of(warehouse, lot, cut));
        }
        match from {
            Pick::Lot(_) if wanted > 0 => {
                Err(StockError::LotTooSmall { requested: units, in_lot: units - wanted })
            }
            Pick::Unexpired(today) => {
                let on_hand = self.level(warehouse).on_hand;
                let unexpired = on_hand.saturating_sub(self.expired(warehouse, today));
                if units > unexpired && unexpired < on_hand {
                    return Err(StockError::ExpiredStock { requested: units, unexpired });
                }
                Ok(picked)
            }
            Pick::Lot(_) | Pick::Any => Ok(picked),
        }
    }
}

impl Pick<'_> {
    fn allows(self, lot: &Lot) -> bool {
        match self {
            Self::Lot(wanted) => lot == wanted,
            Self::Unexpired(today) => !lot.has_expired(today),
            Self::Any => true,
        }
    }
}

fn sum<'a>(lots: impl Iterator<Item = (&'a Lot, u64)>) -> u64 {
    lots.fold(0, |sum, (_, units)| sum.saturating_add(units))
}

/// `units` of a lot in as many entries as they need: nearly always one.
pub(super) fn units_of(warehouse: WarehouseId, lot: &Lot, mut units: u64) -> Vec<LotUnits> {
    let mut parts = Vec::new();
    while let Some(quantity) = Quantity::new(u32::try_from(units).unwrap_or(u32::MAX)) {
        parts.push(LotUnits { warehouse, lot: lot.clone(), quantity });
        units -= u64::from(quantity.get());
    }
    parts
}
