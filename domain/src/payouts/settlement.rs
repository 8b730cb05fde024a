//! The settlement: a company's account over a range of positions, drawn up, disputed or confirmed, closed.
//!
//! SET-1 The closing balance is the opening one plus what was earned less what was paid, to the minor unit.
//! SET-2 The figures of a settlement never change; a dispute ends in a confirmation or is closed with a reason, and
//!       what has to be put right is put right by later events.

use super::{
    CreateSettlement, SettlementCommand, SettlementError, SettlementEvent, SettlementStatus, Statement,
};
use crate::{decider::Decider, ids::CompanyId, money::MoneyError, text::Reason};

/// A company's account over a range of positions.
#[derive(Debug)]
pub struct Settlement;

/// What is known of a settlement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SettlementState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It was drawn up.
    Known {
        /// What it says.
        content: SettlementContent,
        /// How far it has come.
        status: SettlementStatus,
    },
}

/// What a settlement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementContent {
    /// Whose account.
    pub company: CompanyId,
    /// The range begins after this position.
    pub from: i64,
    /// The last position of the range.
    pub to: i64,
    /// The account.
    pub statement: Statement,
}

impl SettlementState {
    /// What it says.
    #[must_use]
    pub const fn content(&self) -> Option<&SettlementContent> {
        match self {
            Self::Absent => None,
            Self::Known { content, .. } => Some(content),
        }
    }

    /// How far it has come.
    #[must_use]
    pub const fn status(&self) -> Option<SettlementStatus> {
        match self {
            Self::Absent => None,
            Self::Known { status, .. } => Some(*status),
        }
    }

    fn set_status(&mut self, to: SettlementStatus) {
        if let Self::Known { status, .. } = self {
            *status = to;
        }
    }
}

type Decision = Result<Vec<SettlementEvent>, SettlementError>;

impl Decider for Settlement {
    const KIND: &'static str = "settlement";

    type State = SettlementState;
    type Command = SettlementCommand;
    type Event = SettlementEvent;
    type Error = SettlementError;

    fn decide(state: &SettlementState, command: SettlementCommand) -> Decision {
        match command {
            SettlementCommand::Create(new) => create(state, &new),
            SettlementCommand::Dispute { reason } => dispute(state, reason),
            SettlementCommand::Confirm => confirm(state),
            SettlementCommand::Close { reason } => close(state, reason),
        }
    }

    fn evolve(state: &mut SettlementState, event: &SettlementEvent) {
        match event {
            SettlementEvent::SettlementCreated { company, from, to, statement } => {
                let content = SettlementContent {
                    company: *company,
                    from: *from,
                    to: *to,
                    statement: *statement,
                };
                *state = SettlementState::Known { content, status: SettlementStatus::Open };
            }
            SettlementEvent::SettlementDisputed { reason: _ } => state.set_status(SettlementStatus::Disputed),
            SettlementEvent::SettlementConfirmed => state.set_status(SettlementStatus::Confirmed),
            SettlementEvent::SettlementClosed { reason: _ } => state.set_status(SettlementStatus::Closed),
        }
    }
}

fn create(state: &SettlementState, new: &CreateSettlement) -> Decision {
    if state.content().is_some() {
        return Err(SettlementError::AlreadyCreated);
    }
    let closing = new
        .earnings
        .net()
        .and_then(|earned| new.opening.checked_add(earned))
        .and_then(|sum| sum.checked_sub(new.payouts))
        .map_err(|error| match error {
            MoneyError::CurrencyMismatch => SettlementError::CurrencyMismatch,
            MoneyError::OutOfRange
            | MoneyError::NotDecimal
            | MoneyError::TooManyDecimals { .. }
            | MoneyError::UnknownCurrency(_) => SettlementError::AmountOutOfRange,
        })?;
    Ok(vec![SettlementEvent::SettlementCreated {
        company: new.company,
        from: new.from,
        to: new.to,
        statement: Statement {
            opening: new.opening,
            earnings: new.earnings,
            payouts: new.payouts,
            closing,
        },
    }])
}

fn known(state: &SettlementState) -> Result<SettlementStatus, SettlementError> {
    state.status().ok_or(SettlementError::NotFound)
}

fn dispute(state: &SettlementState, reason: Reason) -> Decision {
    match known(state)? {
        SettlementStatus::Open => Ok(vec![SettlementEvent::SettlementDisputed { reason }]),
        SettlementStatus::Disputed => Ok(Vec::new()),
        SettlementStatus::Confirmed => Err(SettlementError::Confirmed),
        SettlementStatus::Closed => Err(SettlementError::Closed),
    }
}

fn confirm(state: &SettlementState) -> Decision {
    match known(state)? {
        SettlementStatus::Open | SettlementStatus::Disputed => Ok(vec![SettlementEvent::SettlementConfirmed]),
        SettlementStatus::Confirmed => Ok(Vec::new()),
        SettlementStatus::Closed => Err(SettlementError::Closed),
    }
}

fn close(state: &SettlementState, reason: Option<Reason>) -> Decision {
    match known(state)? {
        SettlementStatus::Open => Err(SettlementError::StillOpen),
        SettlementStatus::Disputed | SettlementStatus::Confirmed => {
            Ok(vec![SettlementEvent::SettlementClosed { reason }])
        }
        SettlementStatus::Closed => Ok(Vec::new()),
    }
}
