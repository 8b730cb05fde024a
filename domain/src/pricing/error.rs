//! Why a request to a promotion, coupon or price list is refused, and why an offer does not apply to an order.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Validity;
use crate::{
    ids::PromotionId,
    money::Money,
    refusal::{Fault, refusals},
};

/// Why a request to a promotion, a coupon, a price list, a book or a count is refused: one type, because they have most
/// rules in common.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// There is no such promotion.
    #[error("promotion does not exist")]
    PromotionNotFound,
    /// A promotion is created once.
    #[error("promotion exists already")]
    PromotionExists,
    /// PRC-7.
    #[error("promotion has ended")]
    PromotionEnded,
    /// Its coupons stand for it.
    #[error("promotion cannot change between applying by itself and applying by coupon")]
    ActivationChanged,
    /// There is no such coupon.
    #[error("coupon does not exist")]
    CouponNotFound,
    /// A code belongs to one coupon for ever.
    #[error("another coupon has this code")]
    CouponCodeTaken,
    /// PRC-7.
    #[error("coupon has ended")]
    CouponEnded,
    /// It would never apply.
    #[error("the end must be after the beginning")]
    EmptyValidity,
    /// It would never apply.
    #[error("the end must be in the future")]
    OverAlready,
    /// It would take nothing off.
    #[error("the rate must be more than nothing")]
    ZeroRate,
    /// A minimum or a bundle's price may be nothing, but not less; a cap or an amount off must be more.
    #[error("amount is too small")]
    AmountTooSmall {
        /// Which amount, as a JSON Pointer.
        pointer: &'static str,
    },
    /// All amounts of an offer are in one currency.
    #[error("amounts must be in one currency")]
    CurrencyMismatch {
        /// Which amount, as a JSON Pointer.
        pointer: &'static str,
    },
    /// See the limits of this module.
    #[error("at most {max} entries are allowed")]
    TooManyEntries {
        /// Which list, as a JSON Pointer.
        pointer: &'static str,
        /// The limit.
        max: usize,
    },
    /// A bundle of nothing.
    #[error("a bundle needs at least one product")]
    NoBundleItems,
    /// Each product of a bundle is named once.
    #[error("product is named twice")]
    RepeatedBundleItem {
        /// The second naming, from 0.
        index: usize,
    },
    /// A limit of none, or one that is too great.
    #[error("limit must be from 1 to {max}")]
    LimitOutOfRange {
        /// Which limit, as a JSON Pointer.
        pointer: &'static str,
        /// The limit of the limit.
        max: u32,
    },
    /// PRC-6.
    #[error("a limit can be changed but not added: orders before it were not counted")]
    LimitCannotBeAdded {
        /// Which limit, as a JSON Pointer.
        pointer: &'static str,
    },
    /// PRC-5.
    #[error("other exclusive promotions cover the same goods at the same time")]
    ExclusiveOverlap {
        /// Which, and when they run.
        with: Vec<(PromotionId, Validity)>,
    },
    /// See [`super::MAX_LIVE`].
    #[error("at most {max} promotions may run or wait to run")]
    TooManyLive {
        /// The limit.
        max: usize,
    },
    /// PRC-6.
    #[error("all {limit} redemptions are taken")]
    LimitReached {
        /// The limit.
        limit: u32,
    },
    /// There is no such price list.
    #[error("price list does not exist")]
    PriceListNotFound,
    /// A price list is created once.
    #[error("price list exists already")]
    PriceListExists,
    /// PRC-7.
    #[error("price list is retired")]
    PriceListRetired,
    /// It would be nobody's.
    #[error("a price list names at least one customer or group")]
    NobodyNamed,
    /// It would say nothing.
    #[error("a price list needs at least one price")]
    NoPrices,
    /// A price is never negative.
    #[error("a price must not be negative")]
    NegativePrice {
        /// Which price, from 0, in the order of the request.
        index: usize,
    },
    /// All prices of a list are in its currency.
    #[error("price must be in the currency of its list")]
    ForeignPrice {
        /// Which price, from 0, in the order of the request.
        index: usize,
    },
    /// One price for a product and quantity.
    #[error("product and quantity are named twice")]
    RepeatedPrice {
        /// The second naming, from 0, in the order of the request.
        index: usize,
    },
    /// See [`super::MAX_PRICE_LISTS`].
    #[error("at most {max} price lists may hold or wait to hold")]
    TooManyPriceLists {
        /// The limit.
        max: usize,
    },
    /// There is no such tax rate.
    #[error("tax rate does not exist")]
    TaxRateNotFound,
    /// A tax rate is created once.
    #[error("tax rate exists already")]
    TaxRateExists,
    /// PRC-9.
    #[error("another active tax rate is for the same zone and category")]
    TaxRateOverlaps,
    /// See [`super::MAX_TAX_RATES`].
    #[error("at most {max} tax rates may ever be created")]
    TooManyTaxRates {
        /// The limit.
        max: usize,
    },
}

refusals!(PricingError, faults = details {
    PromotionNotFound = "pricing.promotion_not_found" NotFound,
    PromotionExists = "pricing.promotion_exists" Conflict,
    PromotionEnded = "pricing.promotion_ended" Conflict,
    ActivationChanged = "pricing.activation_changed" Invalid,
    CouponNotFound = "pricing.coupon_not_found" NotFound,
    CouponCodeTaken = "pricing.coupon_code_taken" Conflict,
    CouponEnded = "pricing.coupon_ended" Conflict,
    EmptyValidity = "pricing.empty_validity" Invalid,
    OverAlready = "pricing.over_already" Invalid,
    ZeroRate = "pricing.zero_rate" Invalid,
    AmountTooSmall = "pricing.amount_too_small" Invalid,
    CurrencyMismatch = "pricing.currency_mismatch" Invalid,
    TooManyEntries = "pricing.too_many_entries" Invalid,
    NoBundleItems = "pricing.no_bundle_items" Invalid,
    RepeatedBundleItem = "pricing.repeated_bundle_item" Invalid,
    LimitOutOfRange = "pricing.limit_out_of_range" Invalid,
    LimitCannotBeAdded = "pricing.limit_cannot_be_added" Conflict,
    ExclusiveOverlap = "pricing.exclusive_overlap" Conflict,
    TooManyLive = "pricing.too_many_live" Conflict,
    LimitReached = "pricing.limit_reached" Conflict,
    PriceListNotFound = "pricing.price_list_not_found" NotFound,
    PriceListExists = "pricing.price_list_exists" Conflict,
    PriceListRetired = "pricing.price_list_retired" Conflict,
    NobodyNamed = "pricing.nobody_named" Invalid,
    NoPrices = "pricing.no_prices" Invalid,
    NegativePrice = "pricing.negative_price" Invalid,
    ForeignPrice = "pricing.foreign_price" Invalid,
    RepeatedPrice = "pricing.repeated_price" Invalid,
    TooManyPriceLists = "pricing.too_many_price_lists" Conflict,
    TaxRateNotFound = "pricing.tax_rate_not_found" NotFound,
    TaxRateExists = "pricing.tax_rate_exists" Conflict,
    TaxRateOverlaps = "pricing.tax_rate_overlaps" Conflict,
    TooManyTaxRates = "pricing.too_many_tax_rates" Conflict,
});

impl PricingError {
    fn details(&self) -> Vec<Fault> {
        let fault = match self {
            Self::ActivationChanged => Fault::at("/activation", self),
            Self::CouponCodeTaken => Fault::at("/code", self),
            Self::EmptyValidity | Self::OverAlready => Fault::at("/until", self),
            Self::ZeroRate => Fault::at("/reward/percent", self),
            Self::AmountTooSmall { pointer }
            | Self::CurrencyMismatch { pointer }
            | Self::LimitCannotBeAdded { pointer } => Fault::at(*pointer, self),
            Self::TooManyEntries { pointer, max } => Fault::at(*pointer, self).with("max", *max),
            Self::NoBundleItems => Fault::at("/reward/items", self),
            Self::RepeatedBundleItem { index } => Fault::at(format!("/reward/items/{index}"), self),
            Self::LimitOutOfRange { pointer, max } => Fault::at(*pointer, self).with("max", *max),
            Self::ExclusiveOverlap { with } => {
                let one = |(promotion, validity): &(PromotionId, Validity)| {
                    json!({
                        "promotion_id": promotion.to_string(),
                        "from": validity.from,
                        "until": validity.until,
                    })
                };
                Fault::at("/stacking", self).with("promotions", with.iter().map(one).collect::<Vec<Value>>())
            }
            Self::TooManyLive { max } | Self::TooManyPriceLists { max } | Self::TooManyTaxRates { max } => {
                Fault::at("", self).with("max", *max)
            }
            Self::NobodyNamed => Fault::at("/customers", self),
            Self::TaxRateOverlaps => Fault::at("/category_id", self),
            Self::NoPrices => Fault::at("/prices", self),
            Self::NegativePrice { index } | Self::ForeignPrice { index } => {
                Fault::at(format!("/prices/{index}/unit_price"), self)
            }
            Self::RepeatedPrice { index } => Fault::at(format!("/prices/{index}"), self),
            Self::LimitReached { limit } => Fault::at("", self).with("limit", *limit),
            Self::PromotionNotFound
            | Self::PromotionExists
            | Self::PromotionEnded
            | Self::CouponNotFound
            | Self::CouponEnded
            | Self::PriceListNotFound
            | Self::PriceListExists
            | Self::PriceListRetired
            | Self::TaxRateNotFound
            | Self::TaxRateExists => return Vec::new(),
        };
        vec![fault]
    }
}

/// Why an offer takes nothing off an order. A promotion is then passed over; a coupon, which somebody has named, is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inapplicable {
    /// There is no such coupon.
    #[error("there is no such coupon")]
    UnknownCoupon,
    /// It does not run.
    #[error("it has ended")]
    Ended,
    /// Its time has not come.
    #[error("it has not begun yet")]
    NotBegun {
        /// When it begins.
        from: DateTime<Utc>,
    },
    /// Its time has passed.
    #[error("its time is over")]
    Over {
        /// When that was.
        until: DateTime<Utc>,
    },
    /// Its amounts are in another currency than the order's.
    #[error("it is for orders in another currency")]
    OtherCurrency,
    /// The order goes elsewhere.
    #[error("it is for other zones")]
    OtherZone,
    /// The customer is in none of its groups.
    #[error("it is for other customers")]
    OtherCustomers,
    /// The order is too small.
    #[error("the order is below the minimum")]
    BelowMinimum {
        /// What the lines must come to.
        minimum: Money,
        /// What they come to.
        subtotal: Money,
    },
    /// None of its goods are in the order.
    #[error("the order holds nothing that it is for")]
    NothingInScope,
    /// Too few units for a deal or a bundle.
    #[error("the order holds too few of the goods that it is for")]
    TooFewUnits,
    /// Others have reduced the goods already, and leave nothing for this one.
    #[error("other offers leave nothing to take off")]
    NothingLeft,
    /// PRC-6.
    #[error("it has been used up")]
    UsedUp {
        /// The limit.
        limit: u32,
    },
    /// PRC-6.
    #[error("the customer has used it up")]
    UsedUpByCustomer {
        /// The limit.
        limit: u16,
    },
    /// A limit per customer needs one.
    #[error("it is for known customers only")]
    CustomerNeeded,
    /// Once per order.
    #[error("the order has it already")]
    AppliedAlready,
}

refusals!(Inapplicable, faults = details {
    UnknownCoupon = "pricing.unknown_coupon" Invalid,
    Ended = "pricing.ended" Conflict,
    NotBegun = "pricing.not_begun" Conflict,
    Over = "pricing.over" Conflict,
    OtherCurrency = "pricing.other_currency" Conflict,
    OtherZone = "pricing.other_zone" Conflict,
    OtherCustomers = "pricing.other_customers" Conflict,
    BelowMinimum = "pricing.below_minimum" Conflict,
    NothingInScope = "pricing.nothing_in_scope" Conflict,
    TooFewUnits = "pricing.too_few_units" Conflict,
    NothingLeft = "pricing.nothing_left" Conflict,
    UsedUp = "pricing.used_up" Conflict,
    UsedUpByCustomer = "pricing.used_up_by_customer" Conflict,
    CustomerNeeded = "pricing.customer_needed" Conflict,
    AppliedAlready = "pricing.applied_already" Invalid,
});

impl Inapplicable {
    fn details(&self) -> Vec<Fault> {
        vec![self.fault("")]
    }

    /// The fault at a place of a request, with the numbers that a caller needs.
    #[must_use]
    pub fn fault(&self, pointer: &str) -> Fault {
        let fault = Fault::at(pointer, self);
        match self {
            Self::NotBegun { from } => fault.with("from", json!(from)),
            Self::Over { until } => fault.with("until", json!(until)),
            Self::BelowMinimum { minimum, subtotal } => fault
                .with("minimum", minimum.decimal())
                .with("subtotal", subtotal.decimal())
                .with("currency", minimum.currency().code()),
            Self::UsedUp { limit } => fault.with("limit", *limit),
            Self::UsedUpByCustomer { limit } => fault.with("limit", *limit),
            Self::UnknownCoupon
            | Self::Ended
            | Self::OtherCurrency
            | Self::OtherZone
            | Self::OtherCustomers
            | Self::NothingInScope
            | Self::TooFewUnits
            | Self::NothingLeft
            | Self::CustomerNeeded
            | Self::AppliedAlready => fault,
        }
    }

    /// Whether the time is within the validity.
    ///
    /// # Errors
    /// [`Self::NotBegun`], [`Self::Over`].
    pub fn check_time(validity: &Validity, now: DateTime<Utc>) -> Result<(), Self> {
        match validity.until {
            Some(until) if until <= now => Err(Self::Over { until }),
            Some(_) | None if validity.from > now => Err(Self::NotBegun { from: validity.from }),
            Some(_) | None => Ok(()),
        }
    }
}
