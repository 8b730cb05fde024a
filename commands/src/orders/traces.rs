//! What an order carries of its customer, sealed: it is bound to the event, whose id must be known before it is decided.

use domain::{
    ids::{AccountId, EventId},
    orders::DEVICE,
    sealed::{Place, Sealed},
};
use event_store::ids;

use crate::{Call, CommandError, customers::Delivery, vault::Vault};

/// What is sealed for the order's first event.
pub(super) struct Traces {
    /// The id that the event must have; absent where nothing is sealed.
    pub(super) event: Option<EventId>,
    /// What the device calls itself.
    pub(super) device: Option<Sealed>,
}

impl Traces {
    /// Seals the device of the call for who buys; of an erased account nothing is kept.
    pub(super) async fn seal(
        vault: &Vault,
        call: &Call,
        customer: Option<AccountId>,
        delivery: Option<&Delivery>,
    ) -> Result<Self, CommandError> {
        let bound = delivery.map(|delivery| delivery.event);
        // Whoever orders for somebody else does not do so from the other's device.
        let own = customer.filter(|customer| call.caller.account() == Some(*customer));
        let (Some(device), Some(customer)) = (&call.device, own) else {
            return Ok(Self { event: bound, device: None });
        };
        let event = bound.unwrap_or_else(|| EventId::from_uuid(ids::uuid()));
        let sealed = vault.keys([customer]).await?.seal(customer, Place { event, field: DEVICE }, device)?;
        Ok(Self { event: Some(event), device: sealed })
    }
}
