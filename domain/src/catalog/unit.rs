//! Units of measure, in which goods are counted, weighed or measured.

use super::{UnitCommand, UnitDetails, UnitError, UnitEvent};
use crate::{decider::Decider, text::Code};

/// A unit of measure.
#[derive(Debug)]
pub struct Unit;

/// What is known of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UnitState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It can be used.
    Defined(Box<(Code, UnitDetails)>),
    /// Nothing new is sold by it; what was stays.
    Retired(Box<(Code, UnitDetails)>),
}

impl UnitState {
    /// It can be used for what is new.
    #[must_use]
    pub const fn is_defined(&self) -> bool {
        matches!(self, Self::Defined(_))
    }
}

impl Decider for Unit {
    const KIND: &'static str = "unit";

    type State = UnitState;
    type Command = UnitCommand;
    type Event = UnitEvent;
    type Error = UnitError;

    fn decide(state: &UnitState, command: UnitCommand) -> Result<Vec<UnitEvent>, UnitError> {
        match command {
            UnitCommand::Define { code, details } => match state {
                UnitState::Absent => Ok(vec![UnitEvent::UnitDefined { code, details }]),
                UnitState::Defined(_) | UnitState::Retired(_) => Err(UnitError::AlreadyDefined),
            },
            UnitCommand::Revise { details } => match state {
                UnitState::Absent => Err(UnitError::NotFound),
                UnitState::Retired(_) => Err(UnitError::Retired),
                UnitState::Defined(known) if known.1 == details => Ok(Vec::new()),
                UnitState::Defined(_) => Ok(vec![UnitEvent::UnitRevised { details }]),
            },
            UnitCommand::Retire => match state {
                UnitState::Absent => Err(UnitError::NotFound),
                UnitState::Retired(_) => Ok(Vec::new()),
                UnitState::Defined(_) => Ok(vec![UnitEvent::UnitRetired]),
            },
        }
    }

    fn evolve(state: &mut UnitState, event: &UnitEvent) {
        match event {
            UnitEvent::UnitDefined { code, details } => {
                *state = UnitState::Defined(Box::new((code.clone(), details.clone())));
            }
            UnitEvent::UnitRevised { details } => {
                if let UnitState::Defined(known) | UnitState::Retired(known) = state {
                    known.1 = details.clone();
                }
            }
            UnitEvent::UnitRetired => {
                *state = match std::mem::take(state) {
                    UnitState::Absent => UnitState::Absent,
                    UnitState::Defined(known) | UnitState::Retired(known) => UnitState::Retired(known),
                };
            }
        }
    }
}
