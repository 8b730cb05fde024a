//! Customers: where they want their goods, the groups that they are in, and what they like. An address is sealed with its owner's key; only its country and its zone, by
//! which deliveries are planned, are clear.

mod address_book;
mod command;
mod details;
mod error;
mod event;
mod favorites;
mod groups;

pub use address_book::{AddressBook, AddressBookState, KnownAddress, MAX_ADDRESSES};
pub use command::{AddressBookCommand, CustomerGroupsCommand, FavoritesCommand};
pub use details::{AddressDetails, AddressNote, AddressText, GeoPoint, GeoPointError, Label};
pub use error::{AddressBookError, CustomerGroupsError, FavoritesError};
pub use event::{AddressBookEvent, CustomerGroupsEvent, DETAILS, FavoritesEvent};
pub use favorites::{Favorites, FavoritesState, MAX_FAVORITES};
pub use groups::{CustomerGroups, CustomerGroupsState, MAX_GROUPS};
