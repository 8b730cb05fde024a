//! What may happen to a promotion, a coupon, a price list, the two books of what runs, the table of tax rates, and
//! the counts of what was redeemed.

use serde::{Deserialize, Serialize};

use super::{Audience, CouponTerms, PriceListTerms, PromotionTerms, TaxTerms, Validity};
use crate::{
    decider::Event,
    ids::{OrderId, PriceListId, PromotionId, TaxRateId},
    money::Currency,
    text::Reason,
};

/// A fact about one promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromotionEvent {
    /// It will run, or runs already.
    PromotionCreated {
        /// All of it.
        terms: Box<PromotionTerms>,
    },
    /// It is another one from now on; placed orders keep what they got.
    PromotionRevised {
        /// All of it, as it is now.
        terms: Box<PromotionTerms>,
    },
    /// It runs no more, for good.
    PromotionEnded {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for PromotionEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("PromotionCreated", 1),
        ("PromotionRevised", 1),
        ("PromotionEnded", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::PromotionCreated { .. } => "PromotionCreated",
            Self::PromotionRevised { .. } => "PromotionRevised",
            Self::PromotionEnded { .. } => "PromotionEnded",
        }
    }
}

/// A fact about the book of promotions: one stream that holds all that run or wait to run, so that an order is decided
/// on one state. Always written together with the promotion's own event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookEvent {
    /// It stands in the book, with these terms instead of any before.
    PromotionListed {
        /// Which promotion.
        promotion: PromotionId,
        /// All of it.
        terms: Box<PromotionTerms>,
        /// The greatest limit per customer that it ever had; 0 without any.
        slots: u16,
    },
    /// It does not stand in the book any more: it was ended, or its time is over.
    PromotionDelisted {
        /// Which promotion.
        promotion: PromotionId,
    },
}

impl Event for BookEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("PromotionListed", 1), ("PromotionDelisted", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::PromotionListed { .. } => "PromotionListed",
            Self::PromotionDelisted { .. } => "PromotionDelisted",
        }
    }
}

/// A fact about one coupon; its stream's id is its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CouponEvent {
    /// It can be given out.
    CouponCreated {
        /// All of it.
        terms: Box<CouponTerms>,
    },
    /// It is another one from now on; placed orders keep what they got.
    CouponRevised {
        /// All of it, as it is now.
        terms: Box<CouponTerms>,
    },
    /// It is taken no more, for good.
    CouponEnded {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for CouponEvent {
    const CATALOGUE: &'static [(&'static str, u16)] =
        &[("CouponCreated", 1), ("CouponRevised", 1), ("CouponEnded", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::CouponCreated { .. } => "CouponCreated",
            Self::CouponRevised { .. } => "CouponRevised",
            Self::CouponEnded { .. } => "CouponEnded",
        }
    }
}

/// A fact about how often a promotion or coupon with a limit in total was redeemed; the stream's id is the promotion's
/// UUID or the coupon's code. The newest event alone tells the count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedemptionsEvent {
    /// An order has it.
    RedemptionTaken {
        /// Which order.
        order: OrderId,
        /// How many orders have it now.
        used: u32,
    },
    /// An order that had it was cancelled.
    RedemptionReturned {
        /// Which order.
        order: OrderId,
        /// How many orders have it now.
        used: u32,
    },
}

impl Event for RedemptionsEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("RedemptionTaken", 1), ("RedemptionReturned", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::RedemptionTaken { .. } => "RedemptionTaken",
            Self::RedemptionReturned { .. } => "RedemptionReturned",
        }
    }
}

/// A fact about one price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceListEvent {
    /// Its prices hold, or will.
    PriceListCreated {
        /// All of it.
        terms: Box<PriceListTerms>,
    },
    /// It is another one from now on; placed orders keep their prices.
    PriceListRevised {
        /// All of it, as it is now.
        terms: Box<PriceListTerms>,
    },
    /// Its prices hold no more, for good.
    PriceListRetired {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for PriceListEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("PriceListCreated", 1),
        ("PriceListRevised", 1),
        ("PriceListRetired", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::PriceListCreated { .. } => "PriceListCreated",
            Self::PriceListRevised { .. } => "PriceListRevised",
            Self::PriceListRetired { .. } => "PriceListRetired",
        }
    }
}

/// A fact about the book of price lists: one stream that says whose prices stand in which list, so that an order is
/// decided on one state. Always written together with the list's own event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceBookEvent {
    /// It stands in the book, for these customers instead of any before.
    PriceListEntered {
        /// Which list.
        list: PriceListId,
        /// Whose prices it holds.
        audience: Audience,
        /// The currency of its prices.
        currency: Currency,
        /// When they hold.
        validity: Validity,
        /// The greatest first.
        #[serde(default)]
        priority: i16,
    },
    /// It does not stand in the book any more: it was retired, or its time is over.
    PriceListStruck {
        /// Which list.
        list: PriceListId,
    },
}

impl Event for PriceBookEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("PriceListEntered", 1), ("PriceListStruck", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::PriceListEntered { .. } => "PriceListEntered",
            Self::PriceListStruck { .. } => "PriceListStruck",
        }
    }
}

/// A fact about the table of tax rates: one stream, so that an order is decided on one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaxTableEvent {
    /// It stands in the table.
    TaxRateCreated {
        /// Which.
        rate: TaxRateId,
        /// All of it.
        terms: TaxTerms,
    },
    /// It is another one from now on; placed orders keep their taxes.
    TaxRateRevised {
        /// Which.
        rate: TaxRateId,
        /// All of it, as it is now.
        terms: TaxTerms,
    },
}

impl Event for TaxTableEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("TaxRateCreated", 1), ("TaxRateRevised", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::TaxRateCreated { .. } => "TaxRateCreated",
            Self::TaxRateRevised { .. } => "TaxRateRevised",
        }
    }
}
