//! Why a request to a supplier or to a replenishment order is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to a supplier is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SupplierError {
    /// There is no such supplier.
    #[error("supplier does not exist")]
    NotFound,
    /// A supplier is added once.
    #[error("supplier exists already")]
    AlreadyExists,
    /// Nothing is ordered from it any more.
    #[error("supplier is retired")]
    Retired,
    /// See [`super::MAX_LEAD_TIME_DAYS`].
    #[error("lead time must be at most {max_days} days")]
    InvalidLeadTime {
        /// The limit.
        max_days: u16,
    },
}

refusals!(SupplierError, faults = details {
    NotFound = "inventory.supplier_not_found" NotFound,
    AlreadyExists = "inventory.supplier_already_exists" Conflict,
    Retired = "inventory.supplier_retired" Conflict,
    InvalidLeadTime = "inventory.invalid_lead_time" Invalid,
});

impl SupplierError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyExists | Self::Retired => Vec::new(),
            Self::InvalidLeadTime { max_days } => {
                vec![Fault::at("/lead_time_days", self).with("max_days", *max_days)]
            }
        }
    }
}

/// Why a request to a replenishment order is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReorderError {
    /// There is no such replenishment order.
    #[error("replenishment order does not exist")]
    NotFound,
    /// It is opened once.
    #[error("replenishment order exists already")]
    AlreadyExists,
    /// Goods are received once it was approved.
    #[error("replenishment order is not approved")]
    NotApproved,
    /// The goods are there already.
    #[error("replenishment order is received already")]
    AlreadyReceived,
    /// It is not needed any more.
    #[error("replenishment order is cancelled")]
    Cancelled,
}

refusals!(ReorderError, faults = details {
    NotFound = "inventory.reorder_not_found" NotFound,
    AlreadyExists = "inventory.reorder_already_exists" Conflict,
    NotApproved = "inventory.reorder_not_approved" Conflict,
    AlreadyReceived = "inventory.reorder_already_received" Conflict,
    Cancelled = "inventory.reorder_cancelled" Conflict,
});

impl ReorderError {
    const fn details(&self) -> Vec<Fault> {
        Vec::new()
    }
}
