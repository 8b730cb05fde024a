//! What may happen to a review.

use serde::{Deserialize, Serialize};

use super::Rating;
use crate::{
    decider::Event,
    ids::{AccountId, OrderId, ProductId},
    sealed::Sealed,
    text::Reason,
};

/// Why a reader thinks that a review should not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagReason {
    /// It advertises something.
    Spam,
    /// It insults.
    Offensive,
    /// It is about something else.
    OffTopic,
    /// It tells what is private.
    PersonalData,
    /// Whoever wrote it never had the product.
    Fake,
    /// Something else.
    Other,
}

/// A fact about one review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewEvent {
    /// A customer wrote it; it waits to be moderated.
    ReviewWritten {
        /// About which product.
        product: ProductId,
        /// Who wrote it.
        customer: AccountId,
        /// How many stars of five.
        rating: Rating,
        /// Title, text and pictures, sealed with the customer's key.
        content: Sealed,
        /// The order that brought the product to the customer; absent where none had by then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purchase: Option<OrderId>,
    },
    /// Its author wrote it anew; it waits to be moderated again.
    ReviewRevised {
        /// How many stars of five.
        rating: Rating,
        /// Title, text and pictures, sealed with the customer's key.
        content: Sealed,
        /// The order that brought the product to the customer; absent where none had by then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purchase: Option<OrderId>,
    },
    /// Everybody may read it; what readers had against it is settled.
    ReviewPublished,
    /// Nobody but its author reads it; what readers had against it is settled.
    ReviewRejected {
        /// Why.
        reason: Reason,
    },
    /// A reader thinks that it should not be there.
    ReviewFlagged {
        /// Who.
        customer: AccountId,
        /// Why.
        reason: FlagReason,
    },
    /// It is gone, and its author may write another.
    ReviewRemoved,
}

impl Event for ReviewEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("ReviewWritten", 1),
        ("ReviewRevised", 1),
        ("ReviewPublished", 1),
        ("ReviewRejected", 1),
        ("ReviewFlagged", 1),
        ("ReviewRemoved", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ReviewWritten { .. } => "ReviewWritten",
            Self::ReviewRevised { .. } => "ReviewRevised",
            Self::ReviewPublished => "ReviewPublished",
            Self::ReviewRejected { .. } => "ReviewRejected",
            Self::ReviewFlagged { .. } => "ReviewFlagged",
            Self::ReviewRemoved => "ReviewRemoved",
        }
    }
}
