//! The way of the parts: confirmed, processing, shipped, delivered; or the whole order cancelled.

use super::PlacedOrder;
use crate::{
    orders::{OrderError, OrderEvent, OrderStatus},
    text::Reason,
};

type Decision = Result<Vec<OrderEvent>, OrderError>;

/// The number is the invoice's for ever: confirming again under another one is refused, so that the counter's number
/// is not lost (the whole unit is refused with it).
pub(super) fn confirm(order: &PlacedOrder, invoice_number: u64) -> Decision {
    if order.status() == OrderStatus::Cancelled {
        return Err(OrderError::Cancelled);
    }
    match order.invoice_number {
        None => {
            order.check_free()?;
            Ok(vec![OrderEvent::OrderConfirmed { invoice_number }])
        }
        Some(number) if number == invoice_number => Ok(Vec::new()),
        Some(_) => Err(OrderError::AlreadyConfirmed),
    }
}

pub(super) fn process(order: &PlacedOrder, part: Option<u16>) -> Decision {
    advance(order, part, OrderStatus::Confirmed, OrderStatus::Processing, |part| OrderEvent::PartProcessed {
        part,
    })
}

pub(super) fn ship(order: &PlacedOrder, part: Option<u16>) -> Decision {
    advance(order, part, OrderStatus::Processing, OrderStatus::Shipped, |part| OrderEvent::PartShipped {
        part,
    })
}

pub(super) fn deliver(order: &PlacedOrder, part: Option<u16>) -> Decision {
    advance(order, part, OrderStatus::Shipped, OrderStatus::Delivered, |part| OrderEvent::PartDelivered {
        part,
    })
}

/// ORD-4: an invoice of goods on their way is undone by returns, not by a cancellation.
pub(super) fn cancel(order: &PlacedOrder, reason: Reason) -> Decision {
    match order.statuses.iter().copied().max() {
        Some(OrderStatus::Cancelled) => Ok(Vec::new()),
        Some(OrderStatus::Shipped | OrderStatus::Delivered) => Err(OrderError::AlreadyShipped),
        Some(OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing) | None => {
            Ok(vec![OrderEvent::OrderCancelled { reason }])
        }
    }
}

/// One part, or every part that stands at `from`, goes to `to`. Parts that stand there already are done.
fn advance(
    order: &PlacedOrder,
    part: Option<u16>,
    from: OrderStatus,
    to: OrderStatus,
    event: impl Fn(u16) -> OrderEvent,
) -> Decision {
    if to < OrderStatus::Delivered {
        order.check_free()?;
    }
    if let Some(part) = part {
        let status = order.part_status(part).ok_or(OrderError::UnknownPart { part })?;
        return match status {
            status if status == from => Ok(vec![event(part)]),
            status if status == to => Ok(Vec::new()),
            other => Err(wrong_status(other)),
        };
    }
    let waiting = order.parts.iter().zip(&order.statuses);
    let events: Vec<OrderEvent> =
        waiting.filter(|(_, status)| **status == from).map(|(part, _)| event(part.number)).collect();
    if events.is_empty() && !order.statuses.contains(&to) {
        return Err(wrong_status(order.status()));
    }
    Ok(events)
}

/// What stands in the way of a part (or order) that is neither where the step begins nor where it ends.
fn wrong_status(status: OrderStatus) -> OrderError {
    match status {
        OrderStatus::Pending => OrderError::NotConfirmed,
        OrderStatus::Confirmed => OrderError::NotProcessed,
        OrderStatus::Processing => OrderError::NotShipped,
        OrderStatus::Shipped => OrderError::AlreadyShipped,
        OrderStatus::Delivered => OrderError::AlreadyDelivered,
        OrderStatus::Cancelled => OrderError::Cancelled,
    }
}
