//! What may happen to ordering with one click.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AddressId, OneClickTokenId},
    sealed::Sealed,
};

/// Where `OneClickEnabled` carries how it is paid.
pub const PAYMENT_METHOD: &str = "/payment_method";

/// A fact about how one customer orders with one click; the stream's id is the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OneClickEvent {
    /// Whoever shows the token orders; every token before is good no longer.
    OneClickEnabled {
        /// Where it goes.
        address: AddressId,
        /// How it is paid: a provider's reference, which is no card number.
        payment_method: Sealed,
        /// Of which the token is derived; nothing stored opens it.
        token: OneClickTokenId,
    },
    /// No order is placed so any more.
    OneClickDisabled,
}

impl Event for OneClickEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("OneClickEnabled", 1), ("OneClickDisabled", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::OneClickEnabled { .. } => "OneClickEnabled",
            Self::OneClickDisabled => "OneClickDisabled",
        }
    }
}
