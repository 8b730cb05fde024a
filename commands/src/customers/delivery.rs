//! Where an order goes: the customer's address, sealed once more for the order's event, so that it stays what it was when
//! the address is changed or taken away.

use domain::{
    customers::{AddressBook, AddressBookError, AddressBookEvent, DETAILS},
    decider::Decider,
    identity::{Account, AccountError},
    ids::{AccountId, AddressId, EventId},
    orders::DELIVERY_ADDRESS,
    sealed::{Place, Sealed},
    text::{Country, Zone},
};
use event_store::{AsOf, Decision, Log, StreamRef, Unit, ids};

use super::{ADDRESS_CHANGED, address::must_be_alive};
use crate::{
    CommandError, Refused,
    execute::{Ruling, refuse},
    vault::Vault,
};

/// Where an order goes.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The id that the order's first event must have.
    pub(crate) event: EventId,
    /// The copy for that event.
    pub(crate) sealed: Sealed,
    /// The country of the address.
    pub(crate) country: Option<Country>,
    /// The zone of the address.
    pub(crate) zone: Option<Zone>,
    owner: AccountId,
    address: AddressId,
    /// What the copy was made of.
    source: Sealed,
}

impl Delivery {
    /// Copies an address of `owner` for an order.
    pub(crate) async fn copy(
        log: &Log,
        vault: &Vault,
        owner: AccountId,
        address: AddressId,
    ) -> Result<Self, CommandError> {
        let not_found = || Refused::of(&AddressBookError::NotFound);
        let events = log.reader().read_stream(AddressBook::KIND, &owner.stream(), 0, AsOf::Now).await?;
        let mut latest = None;
        for event in &events {
            let change =
                event.typed::<AddressBookEvent>().map_err(|error| CommandError::Fault(error.to_string()))?;
            match change {
                AddressBookEvent::AddressAdded { address: of, country, zone, details }
                | AddressBookEvent::AddressRevised { address: of, country, zone, details }
                    if *of == address =>
                {
                    latest = Some((event.metadata.event_id, country, zone, details));
                }
                AddressBookEvent::AddressRemoved { address: of } if *of == address => latest = None,
                AddressBookEvent::AddressAdded { .. }
                | AddressBookEvent::AddressRevised { .. }
                | AddressBookEvent::AddressRemoved { .. }
                | AddressBookEvent::DefaultAddressChosen { .. } => {}
            }
        }
        let (sealed_in, country, zone, source) = latest.ok_or_else(not_found)?;
        let keys = vault.keys([owner]).await?;
        let erased = || Refused::of(&AccountError::Erased);
        let place = Place { event: EventId::from_uuid(sealed_in), field: DETAILS };
        let text = keys.open(place, source)?.text().ok_or_else(erased)?;
        let event = EventId::from_uuid(ids::uuid());
        let sealed = keys.seal(owner, Place { event, field: DELIVERY_ADDRESS }, &text)?;
        Ok(Self {
            event,
            sealed: sealed.ok_or_else(erased)?,
            country: country.clone(),
            zone: zone.clone(),
            owner,
            address,
            source: source.clone(),
        })
    }

    /// Names what [`Self::check`] will look at.
    pub(crate) fn reads(&self, unit: Unit) -> Unit {
        let id = self.owner.stream();
        unit.reads(StreamRef::of::<AddressBook>(id.as_str())).reads(StreamRef::of::<Account>(id))
    }

    /// Under the append lock: the address is still what was copied, and its owner is not erased.
    pub(crate) fn check(&self, decision: &mut Decision<'_>) -> Ruling<()> {
        let id = self.owner.stream();
        must_be_alive(decision, &id)?;
        match decision.state::<AddressBook>(&id)?.address(self.address) {
            Some(known) if known.details == self.source => Ok(()),
            Some(_) => refuse(ADDRESS_CHANGED.refusal_at("/address_id")),
            None => refuse(Refused::of(&AddressBookError::NotFound)),
        }
    }
}
