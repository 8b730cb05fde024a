//! Customers: where they want their goods, and the groups that they are in. An address is sealed with its owner's key; only its country and its zone, by
//! which deliveries are planned, are clear.

mod address_book;
mod command;
mod details;
mod error;
mod event;
mod groups;

pub use address_book::{AddressBook, AddressBookState, KnownAddress, MAX_ADDRESSES};
pub use command::{AddressBookCommand, CustomerGroupsCommand};
pub use details::{AddressDetails, AddressNote, AddressText, GeoPoint, GeoPointError, Label};
pub use error::{AddressBookError, CustomerGroupsError};
pub use event::{AddressBookEvent, CustomerGroupsEvent, DETAILS};
pub use groups::{CustomerGroups, CustomerGroupsState, MAX_GROUPS};
