//! Customers: where they want their goods. An address is sealed with its owner's key; only its country and its zone, by
//! which deliveries are planned, are clear.

mod address_book;
mod command;
mod details;
mod error;
mod event;

pub use address_book::{AddressBook, AddressBookState, KnownAddress, MAX_ADDRESSES};
pub use command::AddressBookCommand;
pub use details::{AddressDetails, AddressNote, AddressText, GeoPoint, GeoPointError, Label};
pub use error::AddressBookError;
pub use event::{AddressBookEvent, DETAILS};
