//! What may happen to a customer's addresses, groups and favourites.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AddressId, ProductId},
    sealed::Sealed,
    text::{Code, Country, Zone},
};

/// Where `AddressAdded` and `AddressRevised` carry the address itself.
pub const DETAILS: &str = "/details";

/// A fact about one customer's addresses; the stream's id is the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AddressBookEvent {
    /// A customer has one more address.
    AddressAdded {
        /// Which.
        address: AddressId,
        /// Its country.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// The zone that delivers there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
        /// Recipient, phone, street and the rest, as JSON.
        details: Sealed,
    },
    /// An address is now another one.
    AddressRevised {
        /// Which.
        address: AddressId,
        /// Its country.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// The zone that delivers there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
        /// Recipient, phone, street and the rest, as JSON.
        details: Sealed,
    },
    /// An address is gone.
    AddressRemoved {
        /// Which.
        address: AddressId,
    },
    /// Orders go there unless they name another.
    DefaultAddressChosen {
        /// Which.
        address: AddressId,
    },
}

impl Event for AddressBookEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("AddressAdded", 1),
        ("AddressRevised", 1),
        ("AddressRemoved", 1),
        ("DefaultAddressChosen", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::AddressAdded { .. } => "AddressAdded",
            Self::AddressRevised { .. } => "AddressRevised",
            Self::AddressRemoved { .. } => "AddressRemoved",
            Self::DefaultAddressChosen { .. } => "DefaultAddressChosen",
        }
    }
}

/// A fact about the groups of one customer; the stream's id is the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerGroupsEvent {
    /// The customer is in these groups from now on, and in no others.
    CustomerGrouped {
        /// Such as `wholesale`; none take the customer out of all.
        groups: BTreeSet<Code>,
    },
}

impl Event for CustomerGroupsEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("CustomerGrouped", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::CustomerGrouped { .. } => "CustomerGrouped",
        }
    }
}

/// A fact about the favourites of one customer; the stream's id is the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FavoritesEvent {
    /// A product is among them from now on.
    FavoriteAdded {
        /// Which.
        product: ProductId,
    },
    /// A product is not among them any more.
    FavoriteRemoved {
        /// Which.
        product: ProductId,
    },
}

impl Event for FavoritesEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("FavoriteAdded", 1), ("FavoriteRemoved", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::FavoriteAdded { .. } => "FavoriteAdded",
            Self::FavoriteRemoved { .. } => "FavoriteRemoved",
        }
    }
}
