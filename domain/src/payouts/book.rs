//! The settlement book of one company and currency: its settlements adjoin, without gap or overlap.

use super::{SettlementBookCommand, SettlementBookError, SettlementBookEvent};
use crate::{
    decider::Decider,
    ids::{CompanyId, SettlementId},
    money::{Currency, Money},
};

/// The chain of one company's settlements in one currency.
#[derive(Debug)]
pub struct SettlementBook;

impl SettlementBook {
    /// The stream of a company's book.
    #[must_use]
    pub fn stream(company: CompanyId, currency: Currency) -> String {
        format!("{}/{}", company.as_uuid(), currency.code())
    }
}

/// Where the chain ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettlementBookState {
    /// The newest settlement.
    pub newest: Option<SettlementId>,
    /// Everything up to this position is settled; 0 before the first settlement.
    pub settled_to: i64,
    /// What was owed then; `None` before the first settlement, which is nothing.
    pub closing: Option<Money>,
}

impl Decider for SettlementBook {
    const KIND: &'static str = "settlement_book";
    const NEWEST_EVENT_SUFFICES: bool = true;

    type State = SettlementBookState;
    type Command = SettlementBookCommand;
    type Event = SettlementBookEvent;
    type Error = SettlementBookError;

    fn decide(
        state: &SettlementBookState,
        command: SettlementBookCommand,
    ) -> Result<Vec<SettlementBookEvent>, SettlementBookError> {
        let SettlementBookCommand::Extend { settlement, from, to, opening, closing } = command;
        let settled_to = state.settled_to;
        if from != settled_to {
            return Err(SettlementBookError::NotAdjoining { settled_to });
        }
        if to <= from {
            return Err(SettlementBookError::EmptyRange { settled_to });
        }
        if opening != state.closing.unwrap_or(Money::zero(opening.currency())) {
            return Err(SettlementBookError::OpeningMismatch);
        }
        Ok(vec![SettlementBookEvent::PeriodSettled { settlement, from, to, closing }])
    }

    fn evolve(state: &mut SettlementBookState, event: &SettlementBookEvent) {
        let SettlementBookEvent::PeriodSettled { settlement, from: _, to, closing } = event;
        *state = SettlementBookState {
            newest: Some(*settlement),
            settled_to: *to,
            closing: Some(*closing),
        };
    }
}
