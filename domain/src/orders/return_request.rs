//! The return: asked for, approved, received, credited; or rejected before it is received.

use super::{CreditLine, MAX_LINES, RequestReturn, ReturnCommand, ReturnError, ReturnEvent, ReturnStatus};
use crate::{
    decider::Decider,
    ids::{AccountId, OrderId, WarehouseId},
    money::{Money, MoneyError},
    text::Reason,
};

/// Units that a customer gives back, and the credit that ends it.
#[derive(Debug)]
pub struct Return;

/// What is known of a return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReturnState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Asked for: it waits for an approval.
    Requested(Box<Claim>),
    /// The units may be sent back.
    Approved(Box<Claim>),
    /// The units are on hand again.
    Received {
        /// What was asked for.
        claim: Box<Claim>,
        /// Where the units went.
        warehouse: WarehouseId,
    },
    /// The money goes back.
    Credited {
        /// What was asked for.
        claim: Box<Claim>,
        /// Where the units went.
        warehouse: WarehouseId,
        /// The credit's number.
        credit_number: u64,
    },
    /// Refused.
    Rejected(Box<Claim>),
}

/// What a customer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The order, where it is known.
    pub order: Option<OrderId>,
    /// Who returns.
    pub customer: Option<AccountId>,
    /// What comes back.
    pub lines: Vec<CreditLine>,
    /// What is paid back.
    pub total: Money,
}

impl ReturnState {
    /// It was requested.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.claim().is_some()
    }

    /// What was asked for.
    #[must_use]
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Absent => None,
            Self::Requested(claim)
            | Self::Approved(claim)
            | Self::Received { claim, .. }
            | Self::Credited { claim, .. }
            | Self::Rejected(claim) => Some(claim),
        }
    }

    /// How far it has come.
    #[must_use]
    pub const fn status(&self) -> Option<ReturnStatus> {
        match self {
            Self::Absent => None,
            Self::Requested(_) => Some(ReturnStatus::Requested),
            Self::Approved(_) => Some(ReturnStatus::Approved),
            Self::Received { .. } => Some(ReturnStatus::Received),
            Self::Credited { .. } => Some(ReturnStatus::Credited),
            Self::Rejected(_) => Some(ReturnStatus::Rejected),
        }
    }

    /// The order, where it is known.
    #[must_use]
    pub fn order(&self) -> Option<OrderId> {
        self.claim().and_then(|claim| claim.order)
    }

    /// Who returns, where it is known.
    #[must_use]
    pub fn customer(&self) -> Option<AccountId> {
        self.claim().and_then(|claim| claim.customer)
    }

    /// What comes back; empty where nothing was requested.
    #[must_use]
    pub fn lines(&self) -> &[CreditLine] {
        self.claim().map_or(&[], |claim| &claim.lines)
    }

    /// What is paid back.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        self.claim().map(|claim| claim.total)
    }

    /// Where the units went, once they are received.
    #[must_use]
    pub const fn warehouse(&self) -> Option<WarehouseId> {
        match self {
            Self::Absent | Self::Requested(_) | Self::Approved(_) | Self::Rejected(_) => None,
            Self::Received { warehouse, .. } | Self::Credited { warehouse, .. } => Some(*warehouse),
        }
    }

    fn into_claim(self) -> Option<Box<Claim>> {
        match self {
            Self::Absent => None,
            Self::Requested(claim)
            | Self::Approved(claim)
            | Self::Received { claim, .. }
            | Self::Credited { claim, .. }
            | Self::Rejected(claim) => Some(claim),
        }
    }

    /// Takes the claim over into the next state; nothing stays nothing.
    fn advance(&mut self, next: impl FnOnce(Box<Claim>) -> Self) {
        *self = std::mem::take(self).into_claim().map_or(Self::Absent, next);
    }
}

type Decision = Result<Vec<ReturnEvent>, ReturnError>;

impl Decider for Return {
    const KIND: &'static str = "return";

    type State = ReturnState;
    type Command = ReturnCommand;
    type Event = ReturnEvent;
    type Error = ReturnError;

    fn decide(state: &ReturnState, command: ReturnCommand) -> Decision {
        match command {
            ReturnCommand::Request(request) => ask(state, request),
            ReturnCommand::Approve => approve(state),
            ReturnCommand::Receive { warehouse } => receive(state, warehouse),
            ReturnCommand::Credit { credit_number } => credit(state, credit_number),
            ReturnCommand::Reject { reason } => reject(state, reason),
        }
    }

    fn evolve(state: &mut ReturnState, event: &ReturnEvent) {
        match event {
            ReturnEvent::ReturnRequested { order, customer, lines, total, .. } => {
                *state = ReturnState::Requested(Box::new(Claim {
                    order: *order,
                    customer: *customer,
                    lines: lines.clone(),
                    total: *total,
                }));
            }
            ReturnEvent::ReturnApproved => state.advance(ReturnState::Approved),
            ReturnEvent::ReturnReceived { warehouse } => {
                state.advance(|claim| ReturnState::Received { claim, warehouse: *warehouse })
            }
            ReturnEvent::CreditIssued { credit_number } => {
                // Only a received return is credited, so a stored history always has the warehouse.
                if let Some(warehouse) = state.warehouse() {
                    state.advance(|claim| ReturnState::Credited {
                        claim,
                        warehouse,
                        credit_number: *credit_number,
                    });
                }
            }
            ReturnEvent::ReturnRejected { .. } => state.advance(ReturnState::Rejected),
        }
    }
}

fn ask(state: &ReturnState, request: RequestReturn) -> Decision {
    if state.exists() {
        return Err(ReturnError::AlreadyRequested);
    }
    if request.lines.is_empty() {
        return Err(ReturnError::NoLines);
    }
    if request.lines.len() > MAX_LINES {
        return Err(ReturnError::TooManyLines { max: MAX_LINES });
    }
    for ((index, line), number) in request.lines.iter().enumerate().zip(1_u16..) {
        if line.number != number {
            return Err(ReturnError::LinesMisnumbered { index });
        }
        if line.total.currency() != request.currency || line.unit_price.currency() != request.currency {
            return Err(ReturnError::CurrencyMismatch { index });
        }
        if line.total.is_negative() || line.unit_price.is_negative() {
            return Err(ReturnError::NegativeAmount { index });
        }
    }
    let amounts = request.lines.iter().map(|line| line.total);
    let total =
        Money::sum(request.currency, amounts).map_err(|_: MoneyError| ReturnError::AmountOutOfRange)?;
    Ok(vec![ReturnEvent::ReturnRequested {
        order: request.order,
        customer: request.customer,
        external_id: request.external_id,
        country: request.country,
        lines: request.lines,
        total,
        reason: request.reason,
    }])
}

fn approve(state: &ReturnState) -> Decision {
    match state {
        ReturnState::Absent => Err(ReturnError::NotFound),
        ReturnState::Requested(_) => Ok(vec![ReturnEvent::ReturnApproved]),
        ReturnState::Approved(_) => Ok(Vec::new()),
        ReturnState::Received { .. } => Err(ReturnError::AlreadyReceived),
        ReturnState::Credited { .. } => Err(ReturnError::AlreadyCredited),
        ReturnState::Rejected(_) => Err(ReturnError::Rejected),
    }
}

fn receive(state: &ReturnState, wanted: WarehouseId) -> Decision {
    match state {
        ReturnState::Absent => Err(ReturnError::NotFound),
        ReturnState::Requested(_) => Err(ReturnError::NotApproved),
        ReturnState::Approved(_) => Ok(vec![ReturnEvent::ReturnReceived { warehouse: wanted }]),
        ReturnState::Received { warehouse, .. } if *warehouse == wanted => Ok(Vec::new()),
        ReturnState::Received { .. } => Err(ReturnError::AlreadyReceived),
        ReturnState::Credited { .. } => Err(ReturnError::AlreadyCredited),
        ReturnState::Rejected(_) => Err(ReturnError::Rejected),
    }
}

fn credit(state: &ReturnState, number: u64) -> Decision {
    match state {
        ReturnState::Absent => Err(ReturnError::NotFound),
        ReturnState::Requested(_) => Err(ReturnError::NotApproved),
        ReturnState::Approved(_) => Err(ReturnError::NotReceived),
        ReturnState::Received { .. } => Ok(vec![ReturnEvent::CreditIssued { credit_number: number }]),
        ReturnState::Credited { credit_number, .. } if *credit_number == number => Ok(Vec::new()),
        ReturnState::Credited { .. } => Err(ReturnError::AlreadyCredited),
        ReturnState::Rejected(_) => Err(ReturnError::Rejected),
    }
}

fn reject(state: &ReturnState, reason: Reason) -> Decision {
    match state {
        ReturnState::Absent => Err(ReturnError::NotFound),
        ReturnState::Requested(_) | ReturnState::Approved(_) => {
            Ok(vec![ReturnEvent::ReturnRejected { reason }])
        }
        ReturnState::Received { .. } => Err(ReturnError::AlreadyReceived),
        ReturnState::Credited { .. } => Err(ReturnError::AlreadyCredited),
        ReturnState::Rejected(_) => Ok(Vec::new()),
    }
}
