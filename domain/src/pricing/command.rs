//! What may be asked of a promotion, a coupon, a price list, the two books, the table of tax rates and the counts.

use chrono::{DateTime, Utc};

use super::{CouponTerms, PriceListTerms, PromotionTerms, TaxTerms};
use crate::{
    ids::{OrderId, PriceListId, PromotionId, TaxRateId},
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

/// A request to one price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceListCommand {
    /// Let its prices hold.
    Create {
        /// All of it, the prices in any order.
        terms: PriceListTerms,
        /// The present: a list whose time is over is a slip.
        now: DateTime<Utc>,
    },
    /// Replace all of it.
    Revise {
        /// All of it, as it shall be.
        terms: PriceListTerms,
        /// The present.
        now: DateTime<Utc>,
    },
    /// Let its prices hold no more.
    Retire {
        /// Why.
        reason: Option<Reason>,
    },
}

/// A request to the book of price lists, in the unit of the list's own change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceBookCommand {
    /// Enter a list, or replace its entry.
    Enter {
        /// Which list.
        list: PriceListId,
        /// All of it.
        terms: Box<PriceListTerms>,
        /// The present: entries whose time is over leave the book.
        now: DateTime<Utc>,
    },
    /// Strike a list out.
    Strike {
        /// Which list.
        list: PriceListId,
    },
}

/// A request to the table of tax rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxTableCommand {
    /// Add a rate.
    Create {
        /// Which.
        rate: TaxRateId,
        /// All of it.
        terms: TaxTerms,
    },
    /// Replace all of a rate.
    Revise {
        /// Which.
        rate: TaxRateId,
        /// All of it, as it shall be.
        terms: TaxTerms,
    },
}
