//! What promotions, coupons and price lists say, as it stands in their events.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, CategoryId, CompanyId, ProductId, PromotionId},
    money::{BasisPoints, Currency, Money, UnitPrice},
    quantity::Quantity,
    text::{Code, LocalizedText, Zone},
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

/// Whose prices a list holds: of each customer who is named, and of all in these groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// These customers.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub customers: BTreeSet<AccountId>,
    /// Customers of these groups.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<Code>,
}

/// The price of one product in a list, from so many units on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPrice {
    /// Which product.
    pub product: ProductId,
    /// It holds for lines of at least so many base units.
    pub from_quantity: Quantity,
    /// What one of them costs.
    pub unit_price: UnitPrice,
}

/// All of a price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListTerms {
    /// What it is called.
    pub name: LocalizedText,
    /// Whose prices it holds.
    pub audience: Audience,
    /// The currency of all its prices; products with prices in another pass the list over.
    pub currency: Currency,
    /// When they hold.
    pub validity: Validity,
    /// The greatest first.
    #[serde(default)]
    pub priority: i16,
    /// By product, then by quantity; each pair once.
    pub prices: Vec<ListPrice>,
}
