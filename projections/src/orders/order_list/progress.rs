//! How far an order has come: the columns that change after its placing, and how events change them.

use chrono::{DateTime, Utc};
use domain::orders::{OrderEvent, OrderStatus, PaymentMethod};
use event_store::RecordedEvent;

use super::{DeliveryStatus, PaymentStatus};

/// The changing columns of one order, with the constant ones that they depend on.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) payment_method: PaymentMethod,
    /// Minor units.
    pub(super) total: i64,
    /// One for each part.
    pub(super) part_statuses: Vec<OrderStatus>,
    /// Minor units.
    pub(super) credited: i64,
    pub(super) invoice_number: Option<i64>,
    pub(super) cancel_reason: Option<String>,
    pub(super) version: i64,
    pub(super) updated_at: DateTime<Utc>,
}

impl Progress {
    /// Adds one event; the placing makes the progress and changes nothing here.
    pub(super) fn apply(&mut self, event: &OrderEvent, recorded: &RecordedEvent) {
        match event {
            OrderEvent::OrderPlaced { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => {}
            OrderEvent::OrderEdited { parts, totals, .. } => {
                self.total = totals.total.minor();
                self.part_statuses = vec![OrderStatus::Pending; parts.len()];
                self.invoice_number = None;
            }
            OrderEvent::OrderConfirmed { invoice_number } => {
                self.invoice_number = i64::try_from(*invoice_number).ok();
                self.part_statuses.fill(OrderStatus::Confirmed);
            }
            OrderEvent::PartProcessed { part } => self.set(*part, OrderStatus::Processing),
            OrderEvent::PartShipped { part } => self.set(*part, OrderStatus::Shipped),
            OrderEvent::PartDelivered { part } => self.set(*part, OrderStatus::Delivered),
            OrderEvent::OrderCancelled { reason } => {
                self.cancel_reason = Some(reason.as_str().to_owned());
                self.part_statuses.fill(OrderStatus::Cancelled);
            }
        }
        self.version = recorded.sequence;
        self.updated_at = recorded.recorded_at;
    }

    /// Parts are numbered from 1.
    fn set(&mut self, part: u16, status: OrderStatus) {
        let index = usize::from(part).checked_sub(1);
        if let Some(current) = index.and_then(|index| self.part_statuses.get_mut(index)) {
            *current = status;
        }
    }

    /// As far as the least advanced part.
    pub(super) fn status(&self) -> OrderStatus {
        self.part_statuses.iter().copied().min().unwrap_or(OrderStatus::Pending)
    }

    pub(super) fn delivery_status(&self) -> DeliveryStatus {
        match self.status() {
            OrderStatus::Delivered => DeliveryStatus::Delivered,
            OrderStatus::Shipped => DeliveryStatus::Picked,
            OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Processing => {
                let gone = [OrderStatus::Shipped, OrderStatus::Delivered];
                if self.part_statuses.iter().any(|status| gone.contains(status)) {
                    DeliveryStatus::Picked
                } else {
                    DeliveryStatus::Pending
                }
            }
            OrderStatus::Cancelled => DeliveryStatus::Pending,
        }
    }

    /// Cash is paid when everything has arrived. Nothing in an order's own events tells that an invoice was paid.
    pub(super) fn payment_status(&self) -> PaymentStatus {
        match (self.payment_method, self.status()) {
            (PaymentMethod::Cash, OrderStatus::Delivered) => match self.credited {
                credited if credited <= 0 => PaymentStatus::Paid,
                credited if credited < self.total => PaymentStatus::PartiallyRefunded,
                _ => PaymentStatus::Refunded,
            },
            (PaymentMethod::Cash | PaymentMethod::Invoice, _) => PaymentStatus::Pending,
        }
    }
}
