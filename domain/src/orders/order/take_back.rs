//! Units that come back, and what is paid back for them.

use std::collections::HashSet;

use super::{OrderState, PlacedOrder, state::index_of};
use crate::{
    ids::{OrderId, ReturnId},
    money::Money,
    orders::{CreditLine, LineTax, OrderError, OrderEvent, OrderLine, OrderStatus, ReturnedLine, SoldIn},
};

/// What has come back so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TakenBack {
    /// One for each line of the order; empty until the first return.
    per_line: Vec<Settled>,
    /// Every return that was ever recorded, in order.
    returns: Vec<RecordedReturn>,
}

/// What has come back of one line, and what was credited for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Settled {
    units: u32,
    paid_back: PaidBack,
}

/// What is paid back for some units, in minor units of the order's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct PaidBack {
    /// To the customer, without tax on top.
    net: i64,
    /// To the customer, of the tax: in `net`, or on top of it.
    tax: i64,
    /// Of the commission, to the vendor.
    commission: i64,
}

impl PaidBack {
    fn combine(self, other: Self, op: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            net: op(self.net, other.net),
            tax: op(self.tax, other.tax),
            commission: op(self.commission, other.commission),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RecordedReturn {
    id: ReturnId,
    withdrawn: bool,
    lines: Vec<ReturnedLine>,
    /// One for each of its lines, so that withdrawing undoes exactly what recording did.
    paid_back: Vec<PaidBack>,
}

impl TakenBack {
    fn settled(&self, line: u16) -> Settled {
        index_of(line).and_then(|index| self.per_line.get(index)).copied().unwrap_or_default()
    }

    fn settled_mut(&mut self, line: u16) -> Option<&mut Settled> {
        index_of(line).and_then(|index| self.per_line.get_mut(index))
    }

    pub(super) fn record(&mut self, sold: &[OrderLine], id: ReturnId, lines: &[ReturnedLine]) {
        self.per_line.resize(sold.len(), Settled::default());
        let mut paid_back = Vec::with_capacity(lines.len());
        for returned in lines {
            let line = index_of(returned.line).and_then(|index| sold.get(index));
            let settled = self.settled_mut(returned.line);
            let (Some(line), Some(settled)) = (line, settled) else {
                paid_back.push(PaidBack::default());
                continue;
            };
            let amount = credit(line, *settled, returned.quantity.get());
            settled.units = settled.units.saturating_add(returned.quantity.get());
            settled.paid_back = settled.paid_back.combine(amount, i64::saturating_add);
            paid_back.push(amount);
        }
        self.returns.push(RecordedReturn { id, withdrawn: false, lines: lines.to_vec(), paid_back });
    }

    pub(super) fn withdraw(&mut self, id: ReturnId) {
        let Some(found) = self.returns.iter_mut().find(|known| known.id == id && !known.withdrawn) else {
            return;
        };
        found.withdrawn = true;
        let undone: Vec<(ReturnedLine, PaidBack)> =
            found.lines.iter().copied().zip(found.paid_back.iter().copied()).collect();
        for (returned, amount) in undone {
            if let Some(settled) = self.settled_mut(returned.line) {
                settled.units = settled.units.saturating_sub(returned.quantity.get());
                settled.paid_back = settled.paid_back.combine(amount, i64::saturating_sub);
            }
        }
    }

    fn find(&self, id: ReturnId) -> Option<&RecordedReturn> {
        self.returns.iter().find(|known| known.id == id)
    }
}

/// What `units` more of a line pay back: of each frozen amount the proportion of all that has come back by then, less
/// what was paid back before. So every step is fair to half a minor unit, and the last one pays the rest exactly
/// (ORD-6). It is never negative: after a withdrawal, earlier steps may have paid a minor unit more than their share.
fn credit(line: &OrderLine, settled: Settled, units: u32) -> PaidBack {
    let back = settled.units.saturating_add(units).min(line.quantity.get());
    let due = |whole: Money, before: i64| {
        let share = whole.share(back, line.quantity).unwrap_or(whole).minor();
        share.saturating_sub(before).max(0)
    };
    PaidBack {
        net: due(line.net(), settled.paid_back.net),
        tax: line.tax.map_or(0, |tax| due(tax.amount, settled.paid_back.tax)),
        commission: line
            .commission
            .map_or(0, |commission| due(commission.amount, settled.paid_back.commission)),
    }
}

pub(super) fn return_lines(
    order: &PlacedOrder,
    return_id: ReturnId,
    lines: Vec<ReturnedLine>,
) -> Result<Vec<OrderEvent>, OrderError> {
    if let Some(known) = order.taken_back.find(return_id) {
        let same = !known.withdrawn && known.lines == lines;
        return if same {
            Ok(Vec::new())
        } else {
            Err(OrderError::ReturnAlreadyRecorded)
        };
    }
    order.returnable(&lines)?;
    Ok(vec![OrderEvent::LinesReturned { return_id, lines }])
}

pub(super) fn withdraw(order: &PlacedOrder, return_id: ReturnId) -> Result<Vec<OrderEvent>, OrderError> {
    match order.taken_back.find(return_id) {
        None => Err(OrderError::UnknownReturn),
        Some(known) if known.withdrawn => Ok(Vec::new()),
        Some(_) => Ok(vec![OrderEvent::ReturnWithdrawn { return_id }]),
    }
}

impl PlacedOrder {
    /// The lines of the order that `lines` name, if all of these units can come back (ORD-5).
    fn returnable(&self, lines: &[ReturnedLine]) -> Result<Vec<&OrderLine>, OrderError> {
        if self.status() == OrderStatus::Cancelled {
            return Err(OrderError::Cancelled);
        }
        if lines.is_empty() {
            return Err(OrderError::NoLines);
        }
        let mut seen = HashSet::with_capacity(lines.len());
        lines
            .iter()
            .map(|returned| {
                let number = returned.line;
                let line = index_of(number)
                    .and_then(|index| self.lines.get(index))
                    .ok_or(OrderError::UnknownLine { line: number })?;
                if !seen.insert(number) {
                    return Err(OrderError::RepeatedLine { line: number });
                }
                let requested = returned.quantity.get();
                let gone = self.taken_back.settled(number).units;
                let returnable = line.quantity.get().saturating_sub(gone);
                if requested > returnable {
                    return Err(OrderError::ReturnExceedsSold { line: number, requested, returnable });
                }
                let delivered = self.delivered_units(line).saturating_sub(gone);
                if requested > delivered {
                    return Err(OrderError::NotDelivered { line: number, requested, delivered });
                }
                Ok(line)
            })
            .collect()
    }
}

impl OrderState {
    /// How many units of a line may still come back: delivered and not returned. Zero for an unknown line.
    #[must_use]
    pub fn returnable_units(&self, line: u16) -> u32 {
        let found = self.known().and_then(|order| {
            let sold = index_of(line).and_then(|index| order.lines.get(index))?;
            let gone = order.taken_back.settled(line).units;
            Some(order.delivered_units(sold).saturating_sub(gone))
        });
        found.unwrap_or(0)
    }

    /// What is paid back if these units come back next: for each line its frozen total less its frozen share of the
    /// discount, and the tax on top of it, in proportion to the units, cumulative so that returning a line in any number of steps pays back
    /// exactly that amount. `order` is the order's own id, for the reference. The unit price is the one of the sale,
    /// so with a discount `total` is less than price times quantity.
    ///
    /// # Errors
    /// As for [`crate::orders::OrderCommand::ReturnLines`], which is to follow in the same unit.
    pub fn credit_for(&self, order: OrderId, lines: &[ReturnedLine]) -> Result<Vec<CreditLine>, OrderError> {
        let placed = self.placed()?;
        let sold = placed.returnable(lines)?;
        let credits = sold.into_iter().zip(lines).zip(1_u16..);
        Ok(credits
            .map(|((line, returned), number)| {
                let settled = placed.taken_back.settled(line.number);
                let paid_back = credit(line, settled, returned.quantity.get());
                let amount = |minor| Money::from_minor(minor, line.total.currency());
                let tax = line.tax.map(|tax| LineTax { amount: amount(paid_back.tax), ..tax });
                let on_top = if line.tax_on_top().minor() == 0 {
                    0
                } else {
                    paid_back.tax
                };
                CreditLine {
                    number,
                    product: line.product,
                    sku: line.sku.clone(),
                    quantity: returned.quantity,
                    unit_price: line.unit_price,
                    total: amount(paid_back.net.saturating_add(on_top)),
                    tax,
                    commission: (paid_back.commission != 0).then(|| amount(paid_back.commission)),
                    sold_in: Some(SoldIn { order, line: line.number }),
                }
            })
            .collect())
    }
}
