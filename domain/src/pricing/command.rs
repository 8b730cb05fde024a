//! What may be asked of a promotion, a coupon, the book and the counts.

use chrono::{DateTime, Utc};

use super::{CouponTerms, PromotionTerms};
use crate::{
    ids::{OrderId, PromotionId},
    text::Reason,
};

/// A request to one promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromotionCommand {
    /// Let it run.
    Create {
        /// All of it.
        terms: PromotionTerms,
        /// The present: a promotion that is over already is a slip.
        now: DateTime<Utc>,
    },
    /// Replace all of it.
    Revise {
        /// All of it, as it shall be.
        terms: PromotionTerms,
        /// The present.
        now: DateTime<Utc>,
    },
    /// End it for good.
    End {
        /// Why.
        reason: Option<Reason>,
    },
}

/// A request to the book, in the unit of the promotion's own change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookCommand {
    /// Enter a promotion, or replace its entry.
    List {
        /// Which promotion.
        promotion: PromotionId,
        /// All of it.
        terms: Box<PromotionTerms>,
        /// The greatest limit per customer that it ever had; 0 without any.
        slots: u16,
        /// The present: entries whose time is over leave the book.
        now: DateTime<Utc>,
    },
    /// Strike a promotion out.
    Delist {
        /// Which promotion.
        promotion: PromotionId,
    },
}

/// A request to one coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponCommand {
    /// Make it.
    Create {
        /// All of it.
        terms: CouponTerms,
        /// The present.
        now: DateTime<Utc>,
    },
    /// Replace all of it.
    Revise {
        /// All of it, as it shall be.
        terms: CouponTerms,
        /// The present.
        now: DateTime<Utc>,
    },
    /// End it for good.
    End {
        /// Why.
        reason: Option<Reason>,
    },
}

/// A request to the count of one promotion or coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedemptionsCommand {
    /// Count an order.
    Take {
        /// Which order.
        order: OrderId,
        /// How many there may be.
        limit: u32,
    },
    /// Count an order no more. The use case asks once for each order that was counted.
    Return {
        /// Which order.
        order: OrderId,
    },
}
