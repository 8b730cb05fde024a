//! Parts: what one vendor ships from one warehouse.

use std::collections::{HashMap, HashSet};

use super::{OrderState, PlacedOrder, state::index_of};
use crate::{
    ids::{CompanyId, ProductId, WarehouseId},
    inventory::Allocation,
    orders::{OrderError, OrderLine, OrderStatus, Part},
    quantity::Quantity,
};

type PartKey = (Option<CompanyId>, Option<WarehouseId>);

/// The parts that a line belongs to, each with the units that it has there.
fn shares(line: &OrderLine) -> impl Iterator<Item = (PartKey, Quantity)> + '_ {
    // A line without allocations is a service: all of it in its company's part without a warehouse.
    let service = line.allocations.is_empty().then_some((None, line.quantity));
    line.allocations
        .iter()
        .map(|allocation| (Some(allocation.warehouse), allocation.quantity))
        .chain(service)
        .map(|(warehouse, quantity)| ((line.company, warehouse), quantity))
}

/// One part per company and warehouse, in order of first appearance.
pub(super) fn parts_of(lines: &[OrderLine]) -> Result<Vec<Part>, OrderError> {
    let mut seen: HashSet<PartKey> = HashSet::new();
    let mut parts = Vec::new();
    for (key, _) in lines.iter().flat_map(shares) {
        if seen.insert(key) {
            let (company, warehouse) = key;
            let number = u16::try_from(seen.len()).map_err(|_| OrderError::TooManyParts)?;
            parts.push(Part { number, company, warehouse, delivery_fee: None });
        }
    }
    Ok(parts)
}

impl OrderState {
    /// What a part takes from its warehouse, merged per product in order of first appearance; empty for a service
    /// part and for a part that does not exist.
    #[must_use]
    pub fn allocations_of_part(&self, part: u16) -> Vec<(ProductId, Vec<Allocation>)> {
        let wanted = index_of(part).and_then(|index| self.parts().get(index));
        wanted.map_or_else(Vec::new, |wanted| {
            let of_part = |line: &OrderLine, allocation: &Allocation| {
                line.company == wanted.company && Some(allocation.warehouse) == wanted.warehouse
            };
            merged(self.lines(), of_part)
        })
    }

    /// What the whole order takes from the warehouses, merged per product in order of first appearance.
    #[must_use]
    pub fn allocations(&self) -> Vec<(ProductId, Vec<Allocation>)> {
        merged(self.lines(), |_, _| true)
    }
}

impl OrderState {
    /// Every unit of the line has arrived. False for an unknown line.
    #[must_use]
    pub fn is_delivered(&self, line: u16) -> bool {
        let sold = index_of(line).and_then(|index| self.lines().get(index));
        self.known()
            .zip(sold)
            .is_some_and(|(order, sold)| order.delivered_units(sold) == sold.quantity.get())
    }
}

fn merged(
    lines: &[OrderLine],
    wanted: impl Fn(&OrderLine, &Allocation) -> bool,
) -> Vec<(ProductId, Vec<Allocation>)> {
    let mut products: Vec<(ProductId, Vec<Allocation>)> = Vec::new();
    let mut places = HashMap::new();
    for line in lines {
        for allocation in line.allocations.iter().filter(|allocation| wanted(line, allocation)) {
            let place = *places.entry(line.product).or_insert(products.len());
            if place == products.len() {
                products.push((line.product, Vec::new()));
            }
            if let Some((_, allocations)) = products.get_mut(place) {
                allocation.add_to(allocations);
            }
        }
    }
    products
}

impl PlacedOrder {
    /// How many units of a line have arrived.
    pub(super) fn delivered_units(&self, line: &OrderLine) -> u32 {
        shares(line)
            .filter(|((company, warehouse), _)| {
                self.parts
                    .iter()
                    .zip(&self.statuses)
                    .find(|(part, _)| part.company == *company && part.warehouse == *warehouse)
                    .is_some_and(|(_, status)| *status == OrderStatus::Delivered)
            })
            .fold(0, |sum, (_, quantity)| sum.saturating_add(quantity.get()))
    }
}
