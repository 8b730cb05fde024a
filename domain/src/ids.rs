//! Typed identifiers. UUIDs in the log, prefixed in the API (`ord_…`): the prefix is part of the type.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that begins with {expected}_")]
pub struct InvalidId {
    /// The prefix of the wanted kind, without the underscore.
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// What the id begins with in the API, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID (version 7 where it was made by Souk).
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID as it stands in the log and in SQL.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }

            /// The stream's `aggregate_id` in the log: the hyphenated UUID.
            #[must_use]
            pub fn stream(&self) -> String {
                self.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or(InvalidId { expected: $prefix })
            }
        }
    )*};
}

// Alphabetical; append-only: a prefix is never used again for another kind.
ids! {
    /// A person or machine that signs in.
    AccountId = "usr",
    /// A customer's address.
    AddressId = "adr",
    /// A key that a program shows.
    ApiKeyId = "key",
    /// An attribute of products.
    AttributeId = "atr",
    /// A cart.
    CartId = "crt",
    /// A category of the catalogue.
    CategoryId = "cat",
    /// A vendor company.
    CompanyId = "com",
    /// One command, as the client or a reactor named it.
    CommandId = "cmd",
    /// The key that one person's data are sealed with.
    DataKeyId = "dky",
    /// One recorded event.
    EventId = "evt",
    /// Stock held for a cart for some minutes.
    HoldId = "hld",
    /// A background job.
    JobId = "job",
    /// A wish for an item that is in no catalogue.
    NeededItemId = "ned",
    /// What a token that orders with one click is derived of.
    OneClickTokenId = "oct",
    /// An order.
    OrderId = "ord",
    /// A payout to a company.
    PayoutId = "pay",
    /// A price list.
    PriceListId = "plt",
    /// A product (one stock-keeping unit).
    ProductId = "prd",
    /// A promotion.
    PromotionId = "prm",
    /// A replenishment order.
    ReorderId = "ror",
    /// A return, and the credit that it ends in.
    ReturnId = "ret",
    /// What a customer wrote about a product.
    ReviewId = "rev",
    /// Something to be had for points.
    RewardId = "rwd",
    /// A signed-in session.
    SessionId = "ses",
    /// A unit that a product is sold by.
    SellingUnitId = "sun",
    /// A settlement of a company's account.
    SettlementId = "stl",
    /// A tax rate.
    TaxRateId = "tax",
    /// A supplier.
    SupplierId = "sup",
    /// A unit of measure.
    UnitId = "unt",
    /// An uploaded picture.
    UploadId = "upl",
    /// A warehouse.
    WarehouseId = "wrh",
}
