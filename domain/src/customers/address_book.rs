//! A customer's addresses.
//!
//! CUS-1 A customer has at most `MAX_ADDRESSES` addresses.
//! CUS-2 While there is any address, one of them is the default.

use std::collections::BTreeMap;

use super::{AddressBookCommand, AddressBookError, AddressBookEvent};
use crate::{
    decider::Decider,
    ids::AddressId,
    sealed::Sealed,
    text::{Country, Zone},
};

/// The most addresses of one customer.
pub const MAX_ADDRESSES: usize = 50;

/// The addresses of one customer.
#[derive(Debug)]
pub struct AddressBook;

/// What is known of a customer's addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressBookState {
    addresses: BTreeMap<AddressId, KnownAddress>,
    default: Option<AddressId>,
}

/// An address as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAddress {
    /// Its country.
    pub country: Option<Country>,
    /// The zone that delivers there.
    pub zone: Option<Zone>,
    /// The address itself.
    pub details: Sealed,
}

impl AddressBookState {
    /// One address.
    #[must_use]
    pub fn address(&self, address: AddressId) -> Option<&KnownAddress> {
        self.addresses.get(&address)
    }

    /// The one that orders go to unless they name another.
    #[must_use]
    pub const fn default_address(&self) -> Option<AddressId> {
        self.default
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    fn known(&self, address: AddressId) -> Result<&KnownAddress, AddressBookError> {
        self.addresses.get(&address).ok_or(AddressBookError::NotFound)
    }
}

impl Decider for AddressBook {
    const KIND: &'static str = "address_book";

    type State = AddressBookState;
    type Command = AddressBookCommand;
    type Event = AddressBookEvent;
    type Error = AddressBookError;

    fn decide(
        state: &AddressBookState,
        command: AddressBookCommand,
    ) -> Result<Vec<AddressBookEvent>, AddressBookError> {
        match command {
            AddressBookCommand::Add { address, country, zone, details, is_default } => {
                if state.addresses.contains_key(&address) {
                    return Err(AddressBookError::AlreadyAdded);
                }
                if state.addresses.len() >= MAX_ADDRESSES {
                    return Err(AddressBookError::TooMany { max: MAX_ADDRESSES });
                }
                let mut events = vec![AddressBookEvent::AddressAdded { address, country, zone, details }];
                if is_default || state.default.is_none() {
                    events.push(AddressBookEvent::DefaultAddressChosen { address });
                }
                Ok(events)
            }
            AddressBookCommand::Revise { address, country, zone, details } => {
                state.known(address)?;
                Ok(vec![AddressBookEvent::AddressRevised { address, country, zone, details }])
            }
            AddressBookCommand::Remove { address } => {
                state.known(address)?;
                let mut events = vec![AddressBookEvent::AddressRemoved { address }];
                // Ids are made in the order of time.
                let oldest = state.addresses.keys().copied().find(|other| *other != address);
                if state.default == Some(address)
                    && let Some(address) = oldest
                {
                    events.push(AddressBookEvent::DefaultAddressChosen { address });
                }
                Ok(events)
            }
            AddressBookCommand::ChooseDefault { address } => {
                state.known(address)?;
                if state.default == Some(address) {
                    return Ok(Vec::new());
                }
                Ok(vec![AddressBookEvent::DefaultAddressChosen { address }])
            }
        }
    }

    fn evolve(state: &mut AddressBookState, event: &AddressBookEvent) {
        match event {
            AddressBookEvent::AddressAdded { address, country, zone, details }
            | AddressBookEvent::AddressRevised { address, country, zone, details } => {
                let known = KnownAddress {
                    country: country.clone(),
                    zone: zone.clone(),
                    details: details.clone(),
                };
                state.addresses.insert(*address, known);
            }
            AddressBookEvent::AddressRemoved { address } => {
                state.addresses.remove(address);
                if state.default == Some(*address) {
                    state.default = None;
                }
            }
            AddressBookEvent::DefaultAddressChosen { address } => state.default = Some(*address),
        }
    }
}
