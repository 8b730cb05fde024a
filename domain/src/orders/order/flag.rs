//! Held for a review: an order that looks like fraud goes no step further until somebody has cleared it.

use serde::{Deserialize, Serialize};

use super::PlacedOrder;
use crate::{
    ids::EventId,
    orders::{FraudReason, OrderError, OrderEvent, OrderStatus},
    text::Reason,
};

type Decision = Result<Vec<OrderEvent>, OrderError>;

/// How far the review of a flagged order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The order is held.
    Open,
    /// It is no fraud.
    Cleared,
    /// It is.
    Confirmed,
}

impl Flag {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Cleared, Self::Confirmed];

    /// As in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cleared => "cleared",
            Self::Confirmed => "confirmed",
        }
    }
}

/// ORD-10. What is cancelled or has left already cannot be held any more, and one agreement is flagged once, however
/// often it is asked for.
pub(super) fn flag(
    order: &PlacedOrder,
    agreement: EventId,
    score: u16,
    reasons: Vec<FraudReason>,
    model_version: u64,
) -> Decision {
    let is_too_late = order.statuses.iter().any(|status| *status >= OrderStatus::Shipped);
    if is_too_late || order.flagged == Some(agreement) {
        return Ok(Vec::new());
    }
    Ok(vec![OrderEvent::OrderFlagged { agreement, score, reasons, model_version }])
}

pub(super) fn clear(order: &PlacedOrder, note: Option<Reason>) -> Decision {
    match order.flag {
        Some(Flag::Open) => Ok(vec![OrderEvent::FlagCleared { note }]),
        Some(Flag::Cleared) => Ok(Vec::new()),
        Some(Flag::Confirmed) => Err(OrderError::AlreadyReviewed),
        None => Err(OrderError::NotFlagged),
    }
}

pub(super) fn confirm(order: &PlacedOrder, note: Option<Reason>) -> Decision {
    match order.flag {
        Some(Flag::Open) => Ok(vec![OrderEvent::FraudConfirmed { note }]),
        Some(Flag::Confirmed) => Ok(Vec::new()),
        Some(Flag::Cleared) => Err(OrderError::AlreadyReviewed),
        None => Err(OrderError::NotFlagged),
    }
}

impl PlacedOrder {
    /// ORD-10. Of a cancelled order other rules say why it goes no further.
    pub(super) fn check_free(&self) -> Result<(), OrderError> {
        if self.flag == Some(Flag::Open) && self.status() != OrderStatus::Cancelled {
            return Err(OrderError::Held);
        }
        Ok(())
    }
}
