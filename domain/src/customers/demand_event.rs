//! What may happen to wishes for what is not there: products out of stock, and items that are in no catalogue.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AccountId, ProductId},
    quantity::Quantity,
    sealed::Sealed,
    text::Zone,
};

/// Where `ItemNeeded` carries what is needed.
pub const NEEDED_DESCRIPTION: &str = "/description";

/// Where `NeededItemAnswered` carries the answer.
pub const NEEDED_ANSWER: &str = "/answer";

/// A fact about those who wait for one product; the stream's id is the product's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockAlertsEvent {
    /// Somebody wants to know when it is back.
    StockAlertRequested {
        /// Who.
        customer: AccountId,
    },
    /// Somebody waits no longer.
    StockAlertWithdrawn {
        /// Who.
        customer: AccountId,
    },
    /// It is back, and somebody is to be told; that one waits no longer.
    StockAlertServed {
        /// Who.
        customer: AccountId,
    },
}

impl Event for StockAlertsEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("StockAlertRequested", 1),
        ("StockAlertWithdrawn", 1),
        ("StockAlertServed", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::StockAlertRequested { .. } => "StockAlertRequested",
            Self::StockAlertWithdrawn { .. } => "StockAlertWithdrawn",
            Self::StockAlertServed { .. } => "StockAlertServed",
        }
    }
}

/// A fact about all requests together; there is one stream of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertRegisterEvent {
    /// What was served until then is not listed any more.
    ServedAlertsCleared,
}

impl Event for AlertRegisterEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("ServedAlertsCleared", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::ServedAlertsCleared => "ServedAlertsCleared",
        }
    }
}

/// How far a wish has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeededItemStatus {
    /// Nobody has answered.
    Open,
    /// Somebody is looking for it.
    Sourcing,
    /// It can be had.
    Available,
    /// It cannot be had.
    Declined,
}

/// A fact about one wish for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NeededItemEvent {
    /// A customer needs what is in no catalogue.
    ItemNeeded {
        /// Who.
        customer: AccountId,
        /// Where it is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
        /// How many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<Quantity>,
        /// What, in the customer's words.
        description: Sealed,
    },
    /// Somebody has answered.
    NeededItemAnswered {
        /// How far it has come.
        status: NeededItemStatus,
        /// The product that it is, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<ProductId>,
        /// The answer in words, sealed with the customer's key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Sealed>,
    },
}

impl Event for NeededItemEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("ItemNeeded", 1), ("NeededItemAnswered", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::ItemNeeded { .. } => "ItemNeeded",
            Self::NeededItemAnswered { .. } => "NeededItemAnswered",
        }
    }
}
