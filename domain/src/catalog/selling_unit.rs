//! Selling units: the pack, the box or the kilogram that a product is sold by, beside its base unit.

use super::{SellingUnitCommand, SellingUnitDetails, SellingUnitError, SellingUnitEvent};
use crate::{decider::Decider, ids::ProductId};

/// A selling unit of a product.
#[derive(Debug)]
pub struct SellingUnit;

/// What is known of a selling unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SellingUnitState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// The product is sold by it.
    Offered(Box<Offered>),
    /// The product is not sold by it any more.
    Retired(Box<Offered>),
}

/// A selling unit as it was described last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Of which product.
    pub product: ProductId,
    /// What it is.
    pub details: SellingUnitDetails,
}

impl SellingUnitState {
    /// All that is known of it, also once it is retired.
    #[must_use]
    pub fn known(&self) -> Option<&Offered> {
        match self {
            Self::Absent => None,
            Self::Offered(known) | Self::Retired(known) => Some(known),
        }
    }
}

impl Decider for SellingUnit {
    const KIND: &'static str = "selling_unit";

    type State = SellingUnitState;
    type Command = SellingUnitCommand;
    type Event = SellingUnitEvent;
    type Error = SellingUnitError;

    fn decide(
        state: &SellingUnitState,
        command: SellingUnitCommand,
    ) -> Result<Vec<SellingUnitEvent>, SellingUnitError> {
        match command {
            SellingUnitCommand::Add { product, details } => {
                if *state != SellingUnitState::Absent {
                    return Err(SellingUnitError::AlreadyAdded);
                }
                check(&details)?;
                Ok(vec![SellingUnitEvent::SellingUnitAdded { product, details }])
            }
            SellingUnitCommand::Revise { details } => match state {
                SellingUnitState::Absent => Err(SellingUnitError::NotFound),
                SellingUnitState::Retired(_) => Err(SellingUnitError::Retired),
                SellingUnitState::Offered(known) if known.details == details => Ok(Vec::new()),
                SellingUnitState::Offered(_) => {
                    check(&details)?;
                    Ok(vec![SellingUnitEvent::SellingUnitRevised { details }])
                }
            },
            SellingUnitCommand::Retire => match state {
                SellingUnitState::Absent => Err(SellingUnitError::NotFound),
                SellingUnitState::Retired(_) => Ok(Vec::new()),
                SellingUnitState::Offered(_) => Ok(vec![SellingUnitEvent::SellingUnitRetired]),
            },
        }
    }

    fn evolve(state: &mut SellingUnitState, event: &SellingUnitEvent) {
        match event {
            SellingUnitEvent::SellingUnitAdded { product, details } => {
                let known = Offered { product: *product, details: details.clone() };
                *state = SellingUnitState::Offered(Box::new(known));
            }
            SellingUnitEvent::SellingUnitRevised { details } => {
                if let SellingUnitState::Offered(known) | SellingUnitState::Retired(known) = state {
                    known.details = details.clone();
                }
            }
            SellingUnitEvent::SellingUnitRetired => {
                *state = match std::mem::take(state) {
                    SellingUnitState::Absent => SellingUnitState::Absent,
                    SellingUnitState::Offered(known) | SellingUnitState::Retired(known) => {
                        SellingUnitState::Retired(known)
                    }
                };
            }
        }
    }
}

fn check(details: &SellingUnitDetails) -> Result<(), SellingUnitError> {
    match details.price {
        Some(price) if price.is_negative() => Err(SellingUnitError::NegativePrice),
        Some(_) | None => Ok(()),
    }
}
