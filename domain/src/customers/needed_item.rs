//! A wish for an item that is in no catalogue, and its answer.
//!
//! CUS-7 What is available or declined has its answer, and nothing follows.

use super::{NeededItemError, NeededItemEvent, NeededItemStatus};
use crate::{
    decider::Decider,
    ids::{AccountId, ProductId},
    quantity::Quantity,
    sealed::Sealed,
    text::Zone,
};

/// A wish for an item that is in no catalogue.
#[derive(Debug)]
pub struct NeededItem;

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NeededItemState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Somebody asked for it.
    Asked(Wish),
}

/// A wish as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Who asked.
    pub customer: AccountId,
    /// Where it is needed.
    pub zone: Option<Zone>,
    /// How far it has come.
    pub status: NeededItemStatus,
}

impl NeededItemState {
    /// The wish, where there is one.
    #[must_use]
    pub const fn wish(&self) -> Option<&Wish> {
        match self {
            Self::Absent => None,
            Self::Asked(wish) => Some(wish),
        }
    }
}

/// A request about one wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeededItemCommand {
    /// Ask for it.
    Ask {
        /// Who.
        customer: AccountId,
        /// Where it is needed.
        zone: Option<Zone>,
        /// How many.
        quantity: Option<Quantity>,
        /// What, in the customer's words.
        description: Sealed,
    },
    /// Answer it.
    Answer {
        /// How far it has come.
        status: NeededItemStatus,
        /// The product that it is.
        product: Option<ProductId>,
        /// The answer in words.
        answer: Option<Sealed>,
    },
}

impl Decider for NeededItem {
    const KIND: &'static str = "needed_item";

    type State = NeededItemState;
    type Command = NeededItemCommand;
    type Event = NeededItemEvent;
    type Error = NeededItemError;

    fn decide(
        state: &NeededItemState,
        command: NeededItemCommand,
    ) -> Result<Vec<NeededItemEvent>, NeededItemError> {
        match command {
            NeededItemCommand::Ask { customer, zone, quantity, description } => match state {
                NeededItemState::Asked(_) => Ok(Vec::new()),
                NeededItemState::Absent => {
                    Ok(vec![NeededItemEvent::ItemNeeded { customer, zone, quantity, description }])
                }
            },
            NeededItemCommand::Answer { status, product, answer } => {
                let wish = state.wish().ok_or(NeededItemError::NotFound)?;
                if matches!(wish.status, NeededItemStatus::Available | NeededItemStatus::Declined) {
                    return Err(NeededItemError::Settled);
                }
                if status == NeededItemStatus::Open {
                    return Err(NeededItemError::NoAnswer);
                }
                Ok(vec![NeededItemEvent::NeededItemAnswered { status, product, answer }])
            }
        }
    }

    fn evolve(state: &mut NeededItemState, event: &NeededItemEvent) {
        match event {
            NeededItemEvent::ItemNeeded { customer, zone, quantity: _, description: _ } => {
                let status = NeededItemStatus::Open;
                *state = NeededItemState::Asked(Wish { customer: *customer, zone: zone.clone(), status });
            }
            NeededItemEvent::NeededItemAnswered { status, product: _, answer: _ } => {
                if let NeededItemState::Asked(wish) = state {
                    wish.status = *status;
                }
            }
        }
    }
}
