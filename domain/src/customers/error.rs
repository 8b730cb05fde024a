//! Why a request to a customer's addresses, groups or favourites is refused.

use crate::refusal::{Fault, Refusal, refusals};

/// Why a request to a customer's addresses is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressBookError {
    /// There is no such address, or it is somebody else's.
    #[error("address does not exist")]
    NotFound,
    /// An address is added once.
    #[error("address exists already")]
    AlreadyAdded,
    /// A customer keeps so many at most.
    #[error("a customer has at most {max} addresses")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

refusals!(AddressBookError, faults = details {
    NotFound = "customers.address_not_found" NotFound,
    AlreadyAdded = "customers.address_already_added" Conflict,
    TooMany = "customers.too_many_addresses" Conflict,
});

impl AddressBookError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyAdded => Vec::new(),
            Self::TooMany { max } => vec![Fault {
                pointer: String::new(),
                code: self.code(),
                message: self.to_string(),
                numbers: serde_json::Map::from_iter([("max".to_owned(), (*max).into())]),
            }],
        }
    }
}

/// Why a request to a customer's groups is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerGroupsError {
    /// A customer is in so many groups at most.
    #[error("a customer is in at most {max} groups")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

refusals!(CustomerGroupsError, faults = details {
    TooMany = "customers.too_many_groups" Invalid,
});

impl CustomerGroupsError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::TooMany { max } => vec![Fault::at("/groups", self).with("max", *max)],
        }
    }
}

/// Why a request to a customer's favourites is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FavoritesError {
    /// A customer has so many favourites at most.
    #[error("a customer has at most {max} favourites")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

refusals!(FavoritesError, faults = details {
    TooMany = "customers.too_many_favorites" Conflict,
});

impl FavoritesError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::TooMany { max } => vec![Fault::at("", self).with("max", *max)],
        }
    }
}
