//! What may be asked of a customer's addresses, groups and favourites.

use std::collections::BTreeSet;

use crate::{
    ids::{AddressId, ProductId},
    sealed::Sealed,
    text::{Code, Country, Zone},
};

/// A request to one customer's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressBookCommand {
    /// Add one. The first becomes the default.
    Add {
        /// Its new id.
        address: AddressId,
        /// Its country.
        country: Option<Country>,
        /// The zone that delivers there.
        zone: Option<Zone>,
        /// The address itself.
        details: Sealed,
        /// Make it the default.
        is_default: bool,
    },
    /// Put another in its place.
    Revise {
        /// Which.
        address: AddressId,
        /// Its country.
        country: Option<Country>,
        /// The zone that delivers there.
        zone: Option<Zone>,
        /// The address itself.
        details: Sealed,
    },
    /// Take it away. When it was the default, the oldest of the others becomes it.
    Remove {
        /// Which.
        address: AddressId,
    },
    /// Make it the default.
    ChooseDefault {
        /// Which.
        address: AddressId,
    },
}

/// A request to the groups of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerGroupsCommand {
    /// Put the customer into these, and take the customer out of all others.
    Group {
        /// All of them.
        groups: BTreeSet<Code>,
    },
}

/// A request to the favourites of one customer. Asking for what is so already changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FavoritesCommand {
    /// Put a product among them.
    Add {
        /// Which.
        product: ProductId,
    },
    /// Take a product away from them.
    Remove {
        /// Which.
        product: ProductId,
    },
}
