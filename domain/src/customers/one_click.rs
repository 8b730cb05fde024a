//! Ordering with one click: how it is paid and where it goes, and the token that orders.
//!
//! CUS-8 One token at a time is good, and none while it is off.

use super::{OneClickError, OneClickEvent};
use crate::{
    decider::Decider,
    ids::{AddressId, OneClickTokenId},
    sealed::Sealed,
};

/// How one customer orders with one click.
#[derive(Debug)]
pub struct OneClick;

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OneClickState {
    /// No order is placed so.
    #[default]
    Off,
    /// Whoever shows the token orders.
    On {
        /// Where it goes.
        address: AddressId,
        /// How it is paid: sealed by the event that turned it on.
        payment_method: Sealed,
        /// The token that is good.
        token: OneClickTokenId,
    },
}

impl OneClickState {
    /// Where an order of whoever shows `token` goes.
    ///
    /// # Errors
    /// It is off, or the token is not the one that is good.
    pub fn address_for(&self, token: OneClickTokenId) -> Result<AddressId, OneClickError> {
        match self {
            Self::Off => Err(OneClickError::Off),
            Self::On { address, token: good, .. } if *good == token => Ok(*address),
            Self::On { .. } => Err(OneClickError::TokenInvalid),
        }
    }
}

/// A request to how one customer orders with one click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OneClickCommand {
    /// Turn it on, or on anew: the token before is good no longer.
    Enable {
        /// Where it goes.
        address: AddressId,
        /// How it is paid.
        payment_method: Sealed,
        /// The new token.
        token: OneClickTokenId,
    },
    /// Turn it off.
    Disable,
}

impl Decider for OneClick {
    const KIND: &'static str = "one_click";

    type State = OneClickState;
    type Command = OneClickCommand;
    type Event = OneClickEvent;
    type Error = OneClickError;

    fn decide(state: &OneClickState, command: OneClickCommand) -> Result<Vec<OneClickEvent>, OneClickError> {
        match command {
            OneClickCommand::Enable { address, payment_method, token } => {
                Ok(vec![OneClickEvent::OneClickEnabled { address, payment_method, token }])
            }
            OneClickCommand::Disable if *state == OneClickState::Off => Ok(Vec::new()),
            OneClickCommand::Disable => Ok(vec![OneClickEvent::OneClickDisabled]),
        }
    }

    fn evolve(state: &mut OneClickState, event: &OneClickEvent) {
        *state = match event {
            OneClickEvent::OneClickEnabled { address, payment_method, token } => OneClickState::On {
                address: *address,
                payment_method: payment_method.clone(),
                token: *token,
            },
            OneClickEvent::OneClickDisabled => OneClickState::Off,
        };
    }
}
