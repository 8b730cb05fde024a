//! What may happen to a promotion, a coupon, the book of what runs, and the counts of what was redeemed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{CategoryId, CompanyId, OrderId, ProductId, PromotionId},
    money::{BasisPoints, Money},
    quantity::Quantity,
    text::{Code, LocalizedText, Reason, Zone},
};

/// What an offer takes off. In JSON one member, whose name is the kind: `{"percentage":{"rate":1000}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// A share of every line in scope.
    Percentage(PercentageOff),
    /// An amount off all lines in scope together.
    Fixed(FixedOff),
    /// Some of the units in scope cost less; the cheapest of them.
    BuyXGetY(BuyXGetY),
    /// Certain products together cost a price of their own.
    Bundle(Bundle),
}

/// A share off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PercentageOff {
    /// In hundredths of a percent, more than none.
    pub rate: BasisPoints,
}

/// An amount off, at most what the lines in scope come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedOff {
    /// More than nothing.
    pub amount: Money,
}

/// For every `buy + get` units in scope, `get` cost less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyXGetY {
    /// Units at their price.
    pub buy: Quantity,
    /// Units that cost less.
    pub get: Quantity,
    /// How much less, in hundredths of a percent; 10,000 is free.
    pub rate: BasisPoints,
}

/// Products that together cost a price of their own, as often as the order holds them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// At least one, each product once.
    pub items: Vec<BundleItem>,
    /// What one bundle costs.
    pub price: Money,
}

/// Units of one product in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleItem {
    /// Which product.
    pub product: ProductId,
    /// How many base units.
    pub quantity: Quantity,
}

/// What and whom an offer is for; what is empty does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// These products, beside those of `categories`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<ProductId>,
    /// Products of these categories, beside `products`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<CategoryId>,
    /// Products of these vendors only.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub companies: BTreeSet<CompanyId>,
    /// Orders into these zones only.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub zones: BTreeSet<Zone>,
    /// Customers of these groups only.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub customer_groups: BTreeSet<Code>,
}

/// Whether an offer shares its lines with others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// It reduces what others have left, and others what it leaves.
    #[default]
    Stackable,
    /// It reduces only lines that no other has reduced, and closes them to the others.
    Exclusive,
}

/// What is taken off, for what, and how much at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What is taken off.
    pub reward: Reward,
    /// For what and whom.
    #[serde(default)]
    pub scope: Scope,
    /// Only when the order's lines come to at least this, before any discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
    /// Never more than this off one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Money>,
    /// Whether it shares its lines with others.
    #[serde(default)]
    pub stacking: Stacking,
}

/// When it applies: from the first moment on, and before the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The first moment when it is over; absent while it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// How many orders may have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// Of one customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_customer: Option<u16>,
}

/// How an order comes to a promotion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// By itself.
    #[default]
    Automatic,
    /// By a coupon that stands for it.
    Coupon,
}

/// All of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionTerms {
    /// What it is called.
    pub name: LocalizedText,
    /// When it runs.
    pub validity: Validity,
    /// What it offers.
    pub offer: Offer,
    /// How many orders may have it.
    #[serde(default)]
    pub limits: Limits,
    /// The greatest first.
    #[serde(default)]
    pub priority: i16,
    /// How an order comes to it.
    #[serde(default)]
    pub activation: Activation,
}

/// What a coupon stands for. In JSON one member: `{"promotion":"…"}` or `{"offer":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// A promotion that waits for coupons; its limits count beside the coupon's own.
    Promotion(PromotionId),
    /// An offer of its own.
    Offer(Box<Offer>),
}

/// All of a coupon but its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponTerms {
    /// What it stands for.
    pub grant: Grant,
    /// When it is taken.
    pub validity: Validity,
    /// How many orders may have it.
    #[serde(default)]
    pub limits: Limits,
}

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
