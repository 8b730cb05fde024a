//! Lists of allocations: kept small in memory, merged, taken from, and dealt out.

use std::slice;

use crate::{ids::WarehouseId, inventory::Allocation, quantity::Quantity};

/// The allocations of one order or hold. Nearly all have one, which then needs no memory of its own: a product
/// may have a hundred thousand open reservations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allocations {
    One(Allocation),
    Many(Vec<Allocation>),
}

impl Allocations {
    pub(super) fn from_slice(allocations: &[Allocation]) -> Self {
        match allocations {
            [one] => Self::One(*one),
            many => Self::Many(many.to_vec()),
        }
    }

    pub(super) fn as_slice(&self) -> &[Allocation] {
        match self {
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Takes units away, at most what is there; what is left, or `None` when nothing is.
    pub(super) fn without(&self, taken: &[Allocation]) -> Option<Self> {
        if self.as_slice() == taken {
            return None;
        }
        let mut rest = self.as_slice().to_vec();
        for allocation in taken {
            let mut wanted = allocation.quantity.get();
            rest.retain_mut(|have| {
                if have.warehouse != allocation.warehouse || wanted == 0 {
                    return true;
                }
                let cut = wanted.min(have.quantity.get());
                wanted -= cut;
                match Quantity::new(have.quantity.get() - cut) {
                    Some(left) => {
                        have.quantity = left;
                        true
                    }
                    None => false,
                }
            });
        }
        (!rest.is_empty()).then(|| Self::from_slice(&rest))
    }
}

/// The units of `allocations` in `warehouse`.
pub(super) fn units_in(allocations: &[Allocation], warehouse: WarehouseId) -> u64 {
    allocations
        .iter()
        .filter(|allocation| allocation.warehouse == warehouse)
        .map(|allocation| u64::from(allocation.quantity.get()))
        .sum()
}

impl Allocation {
    /// Adds these units to the list, into the entry of their warehouse where there is one and the sum fits.
    pub fn add_to(self, allocations: &mut Vec<Self>) {
        for have in allocations.iter_mut().filter(|have| have.warehouse == self.warehouse) {
            if let Some(sum) = have.quantity.checked_add(self.quantity) {
                have.quantity = sum;
                return;
            }
        }
        allocations.push(self);
    }
}

/// Deals one product's allocations out to the lines that share it, in order: the first line gets the first units.
/// Where the allocations hold less than the lines want, the last lines get less.
#[must_use]
pub fn deal(allocations: &[Allocation], lines: &[Quantity]) -> Vec<Vec<Allocation>> {
    let mut pile =
        allocations.iter().map(|allocation| (allocation.warehouse, allocation.quantity.get())).peekable();
    let mut carried: Option<(WarehouseId, u32)> = None;
    lines
        .iter()
        .map(|line| {
            let mut wanted = line.get();
            let mut dealt = Vec::new();
            while wanted > 0 {
                let Some((warehouse, have)) = carried.take().or_else(|| pile.next()) else {
                    break;
                };
                let cut = wanted.min(have);
                if let Some(quantity) = Quantity::new(cut) {
                    Allocation { warehouse, quantity }.add_to(&mut dealt);
                }
                wanted -= cut;
                carried = (have > cut).then_some((warehouse, have - cut));
            }
            dealt
        })
        .collect()
}
