//! Suppliers, and what is ordered from them.

use super::{ReorderError, ReorderEvent, SupplierDetails, SupplierError, SupplierEvent};
use crate::{
    decider::Decider,
    ids::{ProductId, SupplierId, WarehouseId},
    quantity::Quantity,
    text::Reason,
};

/// How long a delivery may take, in days.
pub const MAX_LEAD_TIME_DAYS: u16 = 365;

/// Somebody whom goods are ordered from.
#[derive(Debug)]
pub struct Supplier;

/// What is known of a supplier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SupplierState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Goods can be ordered from it.
    Active(Box<SupplierDetails>),
    /// Nothing is ordered from it any more.
    Retired(Box<SupplierDetails>),
}

/// A request to one supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplierCommand {
    /// Add it.
    Add {
        /// What is known of it; the use case claims the code.
        details: SupplierDetails,
    },
    /// Say what is known of it now.
    Revise {
        /// What is known of it.
        details: SupplierDetails,
    },
    /// Order nothing from it any more.
    Retire {
        /// Why.
        reason: Option<Reason>,
    },
}

impl SupplierState {
    /// What is known of it, also when it is retired.
    #[must_use]
    pub fn details(&self) -> Option<&SupplierDetails> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Retired(details) => Some(details),
        }
    }

    /// Goods can be ordered from it.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }
}

impl Decider for Supplier {
    const KIND: &'static str = "supplier";

    type State = SupplierState;
    type Command = SupplierCommand;
    type Event = SupplierEvent;
    type Error = SupplierError;

    fn decide(state: &SupplierState, command: SupplierCommand) -> Result<Vec<SupplierEvent>, SupplierError> {
        match command {
            SupplierCommand::Add { details } => match state {
                SupplierState::Absent => {
                    check_lead_time(&details)?;
                    Ok(vec![SupplierEvent::SupplierAdded { details }])
                }
                SupplierState::Active(_) | SupplierState::Retired(_) => Err(SupplierError::AlreadyExists),
            },
            SupplierCommand::Revise { details } => match state {
                SupplierState::Absent => Err(SupplierError::NotFound),
                SupplierState::Active(known) if **known == details => Ok(Vec::new()),
                SupplierState::Active(_) => {
                    check_lead_time(&details)?;
                    Ok(vec![SupplierEvent::SupplierRevised { details }])
                }
                SupplierState::Retired(_) => Err(SupplierError::Retired),
            },
            SupplierCommand::Retire { reason } => match state {
                SupplierState::Absent => Err(SupplierError::NotFound),
                SupplierState::Active(_) => Ok(vec![SupplierEvent::SupplierRetired { reason }]),
                SupplierState::Retired(_) => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut SupplierState, event: &SupplierEvent) {
        match event {
            SupplierEvent::SupplierAdded { details } | SupplierEvent::SupplierRevised { details } => {
                *state = SupplierState::Active(Box::new(details.clone()));
            }
            SupplierEvent::SupplierRetired { reason: _ } => {
                *state = match std::mem::take(state) {
                    SupplierState::Absent => SupplierState::Absent,
                    SupplierState::Active(details) | SupplierState::Retired(details) => {
                        SupplierState::Retired(details)
                    }
                };
            }
        }
    }
}

const fn check_lead_time(details: &SupplierDetails) -> Result<(), SupplierError> {
    if details.lead_time_days > MAX_LEAD_TIME_DAYS {
        return Err(SupplierError::InvalidLeadTime { max_days: MAX_LEAD_TIME_DAYS });
    }
    Ok(())
}

/// A replenishment order.
#[derive(Debug)]
pub struct Reorder;

/// More of one product for one warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedStock {
    /// Of which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How many.
    pub quantity: Quantity,
    /// From whom, where that is settled.
    pub supplier: Option<SupplierId>,
}

/// How far a replenishment order is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReorderState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It waits for somebody to agree.
    Open(WantedStock),
    /// It is on its way.
    Approved(WantedStock),
    /// The goods are there.
    Received(WantedStock),
    /// It is not needed any more.
    Cancelled(WantedStock),
}

/// A request to one replenishment order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReorderCommand {
    /// Ask for more.
    Open {
        /// For what.
        wanted: WantedStock,
        /// How many units are available.
        available: u64,
    },
    /// Agree.
    Approve,
    /// Say that the goods are there; the use case books them.
    Receive {
        /// How many came, where it is not what was ordered.
        quantity: Option<Quantity>,
    },
    /// Give it up.
    Cancel {
        /// Why.
        reason: Option<Reason>,
    },
}

impl ReorderState {
    /// For what it is.
    #[must_use]
    pub const fn wanted(&self) -> Option<&WantedStock> {
        match self {
            Self::Absent => None,
            Self::Open(wanted)
            | Self::Approved(wanted)
            | Self::Received(wanted)
            | Self::Cancelled(wanted) => Some(wanted),
        }
    }
}

impl Decider for Reorder {
    const KIND: &'static str = "reorder";

    type State = ReorderState;
    type Command = ReorderCommand;
    type Event = ReorderEvent;
    type Error = ReorderError;

    fn decide(state: &ReorderState, command: ReorderCommand) -> Result<Vec<ReorderEvent>, ReorderError> {
        match command {
            ReorderCommand::Open { wanted, available } => match state {
                ReorderState::Absent => {
                    let WantedStock { product, warehouse, quantity, supplier } = wanted;
                    Ok(vec![ReorderEvent::ReorderOpened {
                        product,
                        warehouse,
                        quantity,
                        supplier,
                        available,
                    }])
                }
                ReorderState::Open(_)
                | ReorderState::Approved(_)
                | ReorderState::Received(_)
                | ReorderState::Cancelled(_) => Err(ReorderError::AlreadyExists),
            },
            ReorderCommand::Approve => match state {
                ReorderState::Absent => Err(ReorderError::NotFound),
                ReorderState::Open(_) => Ok(vec![ReorderEvent::ReorderApproved]),
                ReorderState::Approved(_) => Ok(Vec::new()),
                ReorderState::Received(_) => Err(ReorderError::AlreadyReceived),
                ReorderState::Cancelled(_) => Err(ReorderError::Cancelled),
            },
            ReorderCommand::Receive { quantity } => match state {
                ReorderState::Absent => Err(ReorderError::NotFound),
                ReorderState::Open(_) => Err(ReorderError::NotApproved),
                ReorderState::Approved(wanted) => {
                    let quantity = quantity.unwrap_or(wanted.quantity);
                    Ok(vec![ReorderEvent::ReorderReceived { quantity }])
                }
                // Not "already so": a second delivery would be other goods.
                ReorderState::Received(_) => Err(ReorderError::AlreadyReceived),
                ReorderState::Cancelled(_) => Err(ReorderError::Cancelled),
            },
            ReorderCommand::Cancel { reason } => match state {
                ReorderState::Absent => Err(ReorderError::NotFound),
                ReorderState::Open(_) | ReorderState::Approved(_) => {
                    Ok(vec![ReorderEvent::ReorderCancelled { reason }])
                }
                ReorderState::Received(_) => Err(ReorderError::AlreadyReceived),
                ReorderState::Cancelled(_) => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut ReorderState, event: &ReorderEvent) {
        if let ReorderEvent::ReorderOpened { product, warehouse, quantity, supplier, available: _ } = event {
            *state = ReorderState::Open(WantedStock {
                product: *product,
                warehouse: *warehouse,
                quantity: *quantity,
                supplier: *supplier,
            });
            return;
        }
        let Some(wanted) = state.wanted().copied() else {
            return;
        };
        *state = match event {
            ReorderEvent::ReorderOpened { .. } => ReorderState::Open(wanted),
            ReorderEvent::ReorderApproved => ReorderState::Approved(wanted),
            ReorderEvent::ReorderReceived { .. } => ReorderState::Received(wanted),
            ReorderEvent::ReorderCancelled { .. } => ReorderState::Cancelled(wanted),
        };
    }
}
