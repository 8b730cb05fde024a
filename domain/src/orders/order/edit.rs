//! Editing: an order is agreed on anew before any of it has shipped. Who buys, where it goes and how it is paid stay.

use super::{OrderState, PlacedOrder, place::agree};
use crate::{
    orders::{OrderError, OrderEvent, OrderStatus, PlaceOrder},
    text::Reason,
};

/// ORD-9. The invoice of a confirmed order is void with it; the use case confirms it again under the next number.
pub(super) fn edit(
    before: &PlacedOrder,
    order: PlaceOrder,
    reason: Reason,
) -> Result<Vec<OrderEvent>, OrderError> {
    before.check_editable()?;
    if order.currency != before.totals.total.currency() {
        return Err(OrderError::CurrencyMismatch { pointer: "/lines".to_owned() });
    }
    let agreed = agree(order)?;
    Ok(vec![OrderEvent::OrderEdited {
        lines: agreed.lines,
        parts: agreed.parts,
        totals: agreed.totals,
        discounts: agreed.discounts,
        reason,
    }])
}

impl OrderState {
    /// Whether it can still be edited: asked before its stock is given back.
    ///
    /// # Errors
    /// [`OrderError::NotFound`], [`OrderError::Held`], [`OrderError::Cancelled`], [`OrderError::AlreadyShipped`].
    pub fn check_editable(&self) -> Result<(), OrderError> {
        self.placed()?.check_editable()
    }
}

impl PlacedOrder {
    fn check_editable(&self) -> Result<(), OrderError> {
        self.check_free()?;
        match self.statuses.iter().copied().max() {
            Some(OrderStatus::Cancelled) => Err(OrderError::Cancelled),
            Some(OrderStatus::Shipped | OrderStatus::Delivered) => Err(OrderError::AlreadyShipped),
            Some(OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing) | None => Ok(()),
        }
    }

    /// What was agreed is replaced; its parts begin again.
    pub(super) fn replace(&mut self, event: &OrderEvent) {
        if let OrderEvent::OrderEdited { lines, parts, totals, discounts, reason: _ } = event {
            self.lines.clone_from(lines);
            self.parts.clone_from(parts);
            self.statuses = vec![OrderStatus::Pending; parts.len()];
            self.totals = *totals;
            self.discounts.clone_from(discounts);
            self.invoice_number = None;
        }
    }
}
