//! Which warehouses fill a quantity: as few as possible, then as the caller prefers.

use chrono::NaiveDate;

use super::{StockState, allocation};
use crate::{
    ids::{HoldId, WarehouseId},
    inventory::{Allocation, StockError},
    quantity::Quantity,
};

impl StockState {
    /// Picks the warehouses for `quantity`: the units of `hold` first, then one warehouse that can fill all the
    /// rest (those of the hold, the preferred in order, the others fullest first), else several in that same order.
    /// Ties end by id, so that the same state always gives the same plan. One allocation per warehouse. What has expired
    /// before `today` is left alone.
    ///
    /// # Errors
    /// [`StockError::HoldNotFound`]; [`StockError::InsufficientStock`] with the numbers.
    pub fn plan(
        &self,
        quantity: Quantity,
        preferred: &[WarehouseId],
        hold: Option<HoldId>,
        today: NaiveDate,
    ) -> Result<Vec<Allocation>, StockError> {
        let held: &[Allocation] = match hold {
            Some(hold) => self.hold(hold).ok_or(StockError::HoldNotFound)?.allocations(),
            None => &[],
        };
        let mut planned = Vec::new();
        let mut wanted = quantity.get();
        for allocation in held {
            wanted = take(&mut planned, allocation.warehouse, allocation.quantity.get().into(), wanted);
        }
        if wanted == 0 {
            return Ok(planned);
        }
        let candidates = self.candidates(held.iter().map(|held| &held.warehouse).chain(preferred), today);
        let single = candidates.iter().find(|(_, units)| *units >= u64::from(wanted));
        for (warehouse, units) in single.map_or(candidates.as_slice(), std::slice::from_ref) {
            wanted = take(&mut planned, *warehouse, *units, wanted);
        }
        if wanted == 0 {
            Ok(planned)
        } else {
            Err(self.insufficient(quantity, held, today))
        }
    }

    /// Warehouses with something available: the preferred in order, then the others, fullest first.
    fn candidates<'a>(
        &self,
        preferred: impl Iterator<Item = &'a WarehouseId>,
        today: NaiveDate,
    ) -> Vec<(WarehouseId, u64)> {
        let mut candidates: Vec<(WarehouseId, u64)> = Vec::new();
        for warehouse in preferred {
            let units = self.sellable(*warehouse, today);
            if units > 0 && !candidates.iter().any(|(id, _)| id == warehouse) {
                candidates.push((*warehouse, units));
            }
        }
        let mut others: Vec<(WarehouseId, u64)> = self
            .levels()
            .map(|(id, _)| (id, self.sellable(id, today)))
            .filter(|(id, units)| *units > 0 && !candidates.iter().any(|(named, _)| named == id))
            .collect();
        others.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        candidates.extend(others);
        candidates
    }

    fn insufficient(&self, quantity: Quantity, held: &[Allocation], today: NaiveDate) -> StockError {
        let by_warehouse: Vec<(WarehouseId, u64)> = self
            .levels()
            .map(|(id, _)| (id, self.sellable(id, today).saturating_add(allocation::units_in(held, id))))
            .filter(|(_, units)| *units > 0)
            .collect();
        StockError::InsufficientStock {
            requested: quantity.get(),
            available: by_warehouse.iter().fold(0, |sum: u64, (_, units)| sum.saturating_add(*units)),
            by_warehouse,
        }
    }
}

/// Plans what `warehouse` can give; answers what is still wanted.
fn take(planned: &mut Vec<Allocation>, warehouse: WarehouseId, units: u64, wanted: u32) -> u32 {
    let cut = u32::try_from(units).unwrap_or(u32::MAX).min(wanted);
    if let Some(quantity) = Quantity::new(cut) {
        Allocation { warehouse, quantity }.add_to(planned);
    }
    wanted - cut
}
