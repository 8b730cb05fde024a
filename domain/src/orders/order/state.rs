//! What is known of an order.

use super::{flag::Flag, take_back::TakenBack};
use crate::{
    ids::{AccountId, EventId},
    money::Currency,
    orders::{
        AppliedDiscount, Fulfilment, OrderError, OrderEvent, OrderLine, OrderStatus, Part, PaymentMethod,
        Totals,
    },
    text::{Country, Zone},
};

/// What is known of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OrderState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It was placed, whatever has become of it.
    Placed(Box<PlacedOrder>),
}

/// A placed order: what was agreed, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    pub(super) customer: Option<AccountId>,
    pub(super) country: Option<Country>,
    pub(super) zone: Option<Zone>,
    pub(super) fulfilment: Fulfilment,
    pub(super) payment_method: PaymentMethod,
    /// Numbered from 1 in their order.
    pub(super) lines: Vec<OrderLine>,
    /// Numbered from 1 in their order.
    pub(super) parts: Vec<Part>,
    /// One for each part.
    pub(super) statuses: Vec<OrderStatus>,
    pub(super) totals: Totals,
    pub(super) discounts: Vec<AppliedDiscount>,
    pub(super) invoice_number: Option<u64>,
    pub(super) taken_back: TakenBack,
    pub(super) flag: Option<Flag>,
    /// What was flagged last.
    pub(super) flagged: Option<EventId>,
}

impl OrderState {
    /// It was placed.
    #[must_use]
    pub const fn exists(&self) -> bool {
        matches!(self, Self::Placed(_))
    }

    pub(super) fn placed(&self) -> Result<&PlacedOrder, OrderError> {
        self.known().ok_or(OrderError::NotFound)
    }

    pub(super) fn known(&self) -> Option<&PlacedOrder> {
        match self {
            Self::Absent => None,
            Self::Placed(order) => Some(order),
        }
    }

    /// Its lines, numbered from 1 in their order; empty where nothing was placed.
    #[must_use]
    pub fn lines(&self) -> &[OrderLine] {
        self.known().map_or(&[], |order| &order.lines)
    }

    /// Its parts, numbered from 1 in their order; empty where nothing was placed.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        self.known().map_or(&[], |order| &order.parts)
    }

    /// As far as its least advanced part.
    #[must_use]
    pub fn status(&self) -> Option<OrderStatus> {
        self.known().map(PlacedOrder::status)
    }

    /// How far one part has come; `None` where there is no such part.
    #[must_use]
    pub fn part_status(&self, part: u16) -> Option<OrderStatus> {
        self.known().and_then(|order| order.part_status(part))
    }

    /// Who buys; `None` too for an anonymous sale.
    #[must_use]
    pub fn customer(&self) -> Option<AccountId> {
        self.known().and_then(|order| order.customer)
    }

    /// The currency of every amount.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.totals().map(|totals| totals.total.currency())
    }

    /// What it comes to.
    #[must_use]
    pub fn totals(&self) -> Option<&Totals> {
        self.known().map(|order| &order.totals)
    }

    /// What promotions and coupons took off, in the order in which they were applied.
    #[must_use]
    pub fn discounts(&self) -> &[AppliedDiscount] {
        self.known().map_or(&[], |order| &order.discounts)
    }

    /// Country of the delivery.
    #[must_use]
    pub fn country(&self) -> Option<&Country> {
        self.known().and_then(|order| order.country.as_ref())
    }

    /// Zone of the delivery.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.known().and_then(|order| order.zone.as_ref())
    }

    /// Delivery or pickup.
    #[must_use]
    pub fn fulfilment(&self) -> Option<Fulfilment> {
        self.known().map(|order| order.fulfilment)
    }

    /// How it is paid.
    #[must_use]
    pub fn payment_method(&self) -> Option<PaymentMethod> {
        self.known().map(|order| order.payment_method)
    }

    /// Whether it was taken for fraud, and what a review came to.
    #[must_use]
    pub fn flag(&self) -> Option<Flag> {
        self.known().and_then(|order| order.flag)
    }

    /// The placement or edit that was flagged last.
    #[must_use]
    pub fn flagged(&self) -> Option<EventId> {
        self.known().and_then(|order| order.flagged)
    }

    /// The invoice's number, once it is confirmed.
    #[must_use]
    pub fn invoice_number(&self) -> Option<u64> {
        self.known().and_then(|order| order.invoice_number)
    }

    pub(super) fn evolve(&mut self, event: &OrderEvent) {
        if let OrderEvent::OrderPlaced {
            customer,
            external_id: _,
            country,
            zone,
            // Who needs it reads it where it was sealed.
            delivery_address: _,
            device: _,
            fulfilment,
            payment_method,
            lines,
            parts,
            totals,
            discounts,
        } = event
        {
            *self = Self::Placed(Box::new(PlacedOrder {
                customer: *customer,
                country: country.clone(),
                zone: zone.clone(),
                fulfilment: *fulfilment,
                payment_method: *payment_method,
                lines: lines.clone(),
                parts: parts.clone(),
                statuses: vec![OrderStatus::Pending; parts.len()],
                totals: *totals,
                discounts: discounts.clone(),
                invoice_number: None,
                taken_back: TakenBack::default(),
                flag: None,
                flagged: None,
            }));
        } else if let Self::Placed(order) = self {
            order.advance(event);
        }
    }
}

impl PlacedOrder {
    pub(super) fn status(&self) -> OrderStatus {
        self.statuses.iter().copied().min().unwrap_or(OrderStatus::Pending)
    }

    pub(super) fn part_status(&self, part: u16) -> Option<OrderStatus> {
        index_of(part).and_then(|index| self.statuses.get(index)).copied()
    }

    fn set_status(&mut self, part: u16, status: OrderStatus) {
        if let Some(current) = index_of(part).and_then(|index| self.statuses.get_mut(index)) {
            *current = status;
        }
    }

    fn advance(&mut self, event: &OrderEvent) {
        match event {
            // Handled by the caller: it makes the order.
            OrderEvent::OrderPlaced { .. } => {}
            OrderEvent::OrderEdited { .. } => self.replace(event),
            OrderEvent::OrderConfirmed { invoice_number } => {
                self.invoice_number = Some(*invoice_number);
                self.statuses.fill(OrderStatus::Confirmed);
            }
            OrderEvent::PartProcessed { part } => self.set_status(*part, OrderStatus::Processing),
            OrderEvent::PartShipped { part } => self.set_status(*part, OrderStatus::Shipped),
            OrderEvent::PartDelivered { part } => self.set_status(*part, OrderStatus::Delivered),
            OrderEvent::OrderCancelled { reason: _ } => self.statuses.fill(OrderStatus::Cancelled),
            OrderEvent::OrderFlagged { agreement, .. } => {
                self.flag = Some(Flag::Open);
                self.flagged = Some(*agreement);
            }
            OrderEvent::FlagCleared { note: _ } => self.flag = Some(Flag::Cleared),
            OrderEvent::FraudConfirmed { note: _ } => self.flag = Some(Flag::Confirmed),
            OrderEvent::LinesReturned { return_id, lines } => {
                self.taken_back.record(&self.lines, *return_id, lines);
            }
            OrderEvent::ReturnWithdrawn { return_id } => self.taken_back.withdraw(*return_id),
        }
    }
}

/// Lines and parts are numbered from 1.
pub(super) fn index_of(number: u16) -> Option<usize> {
    usize::from(number).checked_sub(1)
}
