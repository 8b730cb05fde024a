//! What an event says, in a few words.

use domain::{
    decider::Decider,
    inventory::{Allocation, Stock, StockEvent},
    orders::{Counter, CounterEvent, Order, OrderEvent, Return, ReturnEvent},
};
use event_store::{DecodeError, RecordedEvent};

/// As many characters of a payload as still fit on a line.
const PAYLOAD_CHARS: usize = 100;

/// What an event says.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn describe(event: &RecordedEvent) -> Result<String, DecodeError> {
    Ok(match event.aggregate_type.as_str() {
        Order::KIND => of_order(event.typed()?),
        Stock::KIND => of_stock(event.typed()?),
        Return::KIND => of_return(event.typed()?),
        Counter::KIND => {
            let CounterEvent::NumberIssued { number, document } = event.typed()?;
            format!("{} number {number} to {document}", event.aggregate_id)
        }
        _ => event.payload.chars().take(PAYLOAD_CHARS).collect(),
    })
}

fn of_order(event: &OrderEvent) -> String {
    match event {
        OrderEvent::OrderPlaced { lines, parts, totals, customer, .. } => {
            let customer =
                customer.map_or_else(|| "nobody known".to_owned(), |customer| customer.to_string());
            format!("{} lines, {} parts, {}, for {customer}", lines.len(), parts.len(), totals.total)
        }
        OrderEvent::OrderEdited { lines, parts, totals, reason, .. } => {
            format!("{} lines, {} parts, {}: {reason}", lines.len(), parts.len(), totals.total)
        }
        OrderEvent::OrderConfirmed { invoice_number } => format!("invoice {invoice_number}"),
        OrderEvent::PartProcessed { part }
        | OrderEvent::PartShipped { part }
        | OrderEvent::PartDelivered { part } => format!("part {part}"),
        OrderEvent::OrderCancelled { reason } => reason.to_string(),
        OrderEvent::OrderFlagged { score, reasons, .. } => {
            format!("{score} points for {} reasons", reasons.len())
        }
        OrderEvent::FlagCleared { note } | OrderEvent::FraudConfirmed { note } => {
            note.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        OrderEvent::LinesReturned { return_id, lines } => {
            let lines: Vec<_> =
                lines.iter().map(|line| format!("{} of line {}", line.quantity, line.line)).collect();
            format!("{return_id}: {}", lines.join(", "))
        }
        OrderEvent::ReturnWithdrawn { return_id } => return_id.to_string(),
    }
}

fn of_return(event: &ReturnEvent) -> String {
    match event {
        ReturnEvent::ReturnRequested { lines, total, reason, .. } => {
            format!("{} lines, {total}: {reason}", lines.len())
        }
        ReturnEvent::ReturnApproved => String::new(),
        ReturnEvent::ReturnReceived { warehouse } => format!("in {warehouse}"),
        ReturnEvent::CreditIssued { credit_number } => format!("credit {credit_number}"),
        ReturnEvent::ReturnRejected { reason } => reason.to_string(),
    }
}

/// Without the quantities, which a table of stock has in columns of their own.
pub(crate) fn cause_of_stock(event: &StockEvent) -> String {
    match event {
        StockEvent::StockReceived { reference, .. } => {
            reference.as_ref().map(ToString::to_string).unwrap_or_default()
        }
        StockEvent::StockAdjusted { reason, .. } => reason.to_string(),
        StockEvent::StockTransferred { from, to, reason, .. } => match reason {
            Some(reason) => format!("from {from} to {to}: {reason}"),
            None => format!("from {from} to {to}"),
        },
        StockEvent::StockWasted { cause, note, .. } => match note {
            Some(note) => format!("{}: {note}", cause.as_str()),
            None => cause.as_str().to_owned(),
        },
        StockEvent::StockReserved { order, hold, .. } => match hold {
            Some(hold) => format!("{order}, held by {hold}"),
            None => order.to_string(),
        },
        StockEvent::StockReleased { order, cause, .. } => format!("{order} ({cause:?})"),
        StockEvent::StockDeducted { order, .. } => order.to_string(),
        StockEvent::StockReturned { return_id, .. } => return_id.to_string(),
        StockEvent::StockHeld { hold, expires_at, .. } => {
            format!("{hold} until {}", crate::output::time(*expires_at))
        }
        StockEvent::HoldReleased { hold, cause, .. } => format!("{hold} ({cause:?})"),
        StockEvent::StockThresholdSet { threshold, .. } => format!("threshold {threshold}"),
        StockEvent::ReorderRuleSet { rule: Some(rule), .. } => {
            format!("{} are ordered at {}", rule.quantity, rule.reorder_at)
        }
        StockEvent::ReorderRuleSet { rule: None, .. } => "nothing is ordered by itself".to_owned(),
        StockEvent::ReorderPointReached { available, rule, .. } => {
            format!("{available} available, {} are ordered at {}", rule.quantity, rule.reorder_at)
        }
        StockEvent::StockFellLow { available, threshold, .. } => {
            format!("{available} available, threshold {threshold}")
        }
        StockEvent::StockRanOut { .. } => "nothing available".to_owned(),
        StockEvent::StockRecovered { available, .. } => format!("{available} available"),
    }
}

fn of_stock(event: &StockEvent) -> String {
    let each = |allocations: &[Allocation]| {
        let parts = allocations.iter();
        let parts: Vec<_> = parts.map(|part| format!("{} in {}", part.quantity, part.warehouse)).collect();
        parts.join(", ")
    };
    let units = match event {
        StockEvent::StockReserved { allocations, .. }
        | StockEvent::StockReleased { allocations, .. }
        | StockEvent::StockDeducted { allocations, .. }
        | StockEvent::StockHeld { allocations, .. }
        | StockEvent::HoldReleased { allocations, .. } => each(allocations),
        StockEvent::StockReceived { warehouse, quantity, .. }
        | StockEvent::StockReturned { warehouse, quantity, .. } => format!("{quantity} in {warehouse}"),
        StockEvent::StockAdjusted { warehouse, delta, .. } => format!("{delta:+} in {warehouse}"),
        StockEvent::StockWasted { warehouse, quantity, .. } => format!("-{quantity} in {warehouse}"),
        StockEvent::StockTransferred { quantity, .. } => quantity.to_string(),
        StockEvent::StockThresholdSet { warehouse, .. }
        | StockEvent::ReorderRuleSet { warehouse, .. }
        | StockEvent::ReorderPointReached { warehouse, .. }
        | StockEvent::StockFellLow { warehouse, .. }
        | StockEvent::StockRanOut { warehouse }
        | StockEvent::StockRecovered { warehouse, .. } => format!("in {warehouse}"),
    };
    let cause = cause_of_stock(event);
    if cause.is_empty() {
        units
    } else {
        format!("{units}: {cause}")
    }
}
