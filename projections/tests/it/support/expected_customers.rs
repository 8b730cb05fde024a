//! Customers' addresses, folded independently: one event after the other.

use std::collections::BTreeMap;

use domain::{
    customers::{AddressBook, AddressBookEvent},
    decider::{Decider, decode},
    ids::{AccountId, AddressId, EventId},
};
use projections::customers::address_list::{AddressBookRow, AddressRow};
use uuid::Uuid;

use super::history::Written;

/// The addresses of everybody who has any version of them.
pub(crate) fn address_books(history: &[Written]) -> BTreeMap<AccountId, AddressBookRow> {
    let mut books: BTreeMap<AccountId, AddressBookRow> = BTreeMap::new();
    for event in history {
        let customer = || AccountId::from_uuid(event.id.parse::<Uuid>().unwrap());
        if event.name == "AccountErased" {
            books.remove(&customer());
        }
        if event.kind != AddressBook::KIND {
            continue;
        }
        let book = books.entry(customer()).or_default();
        book.version = event.sequence;
        let of = EventId::from_uuid(event.metadata.event_id);
        match decode::<AddressBookEvent>(event.name, event.version, &event.payload).unwrap() {
            AddressBookEvent::AddressAdded { address, country, zone, details } => {
                book.addresses.push(AddressRow {
                    id: address,
                    country: country.map(|text| text.to_string()),
                    zone: zone.map(|text| text.to_string()),
                    details,
                    event: of,
                    is_default: false,
                    created_at: event.recorded_at,
                    updated_at: event.recorded_at,
                });
                book.addresses.sort_by_key(|row| row.id);
            }
            AddressBookEvent::AddressRevised { address, country, zone, details } => {
                let row = find(book, address);
                row.country = country.map(|text| text.to_string());
                row.zone = zone.map(|text| text.to_string());
                (row.details, row.event, row.updated_at) = (details, of, event.recorded_at);
            }
            AddressBookEvent::AddressRemoved { address } => book.addresses.retain(|row| row.id != address),
            AddressBookEvent::DefaultAddressChosen { address } => {
                for row in &mut book.addresses {
                    row.is_default = row.id == address;
                }
            }
        }
    }
    books
}

fn find(book: &mut AddressBookRow, address: AddressId) -> &mut AddressRow {
    book.addresses.iter_mut().find(|row| row.id == address).unwrap()
}
