//! Specifications that read as sentences:
//! `given::<Order>(&[placed()]).when(cancel()).then(&[cancelled()])`.

use std::fmt::Debug;

use crate::decider::Decider;

/// A stream with a history.
#[derive(Debug)]
pub struct Given<D: Decider> {
    state: D::State,
}

/// A judged command.
#[derive(Debug)]
pub struct When<D: Decider> {
    state: D::State,
    outcome: Result<Vec<D::Event>, D::Error>,
}

/// A stream to which `history` has happened.
#[must_use]
pub fn given<D: Decider>(history: &[D::Event]) -> Given<D> {
    Given { state: D::fold(history) }
}

impl<D: Decider> Given<D> {
    /// Judges `command`.
    #[must_use]
    pub fn when(self, command: D::Command) -> When<D> {
        When { outcome: D::decide(&self.state, command), state: self.state }
    }

    /// The folded state.
    #[must_use]
    pub fn state(self) -> D::State {
        self.state
    }
}

impl<D: Decider> When<D>
where
    D::Event: Debug + PartialEq,
    D::Error: PartialEq,
{
    /// Exactly these events happen; answers the state after them.
    ///
    /// # Panics
    /// When the command is refused or anything else happens.
    #[track_caller]
    pub fn then(mut self, expected: &[D::Event]) -> D::State {
        assert_eq!(self.outcome.as_deref(), Ok(expected), "events");
        for event in expected {
            D::evolve(&mut self.state, event);
        }
        self.state
    }

    /// It is accepted, and nothing happens: it was so already.
    ///
    /// # Panics
    /// When the command is refused or anything happens.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then(&[]);
    }

    /// Something happens, and it does not matter here what exactly; answers it.
    ///
    /// # Panics
    /// When the command is refused or nothing happens.
    #[track_caller]
    pub fn then_accepted(self) -> Vec<D::Event> {
        assert!(self.outcome.as_ref().is_ok_and(|events| !events.is_empty()), "{:?}", self.outcome);
        self.outcome.unwrap_or_default()
    }

    /// It is refused for exactly this reason.
    ///
    /// # Panics
    /// When the command is accepted or refused for another reason.
    #[track_caller]
    pub fn then_err(self, expected: D::Error) {
        assert_eq!(self.outcome, Err(expected), "refusal");
    }
}
