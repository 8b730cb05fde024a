//! Pricing: price lists, promotions and coupons; what goods cost whom, what is taken off an order, and what would be.
//!
//! Every promotion that runs or waits to run stands in one stream, the book, and an order is decided on that: it cannot
//! get a promotion that ended or changed before it. Limits in total are counters, limits per customer are claims.

mod buyer;
mod cash_steps;
mod coupons;
mod discounts;
mod hints;
mod price_lists;
mod promotions;
mod quote;
mod redeem;
mod simulate;
mod stream_view;
mod taxes;

use std::sync::Arc;

use domain::{
    ids::{PriceListId, PromotionId},
    pricing::{BOOK, CouponCode, PRICE_BOOK, PriceBook, PriceListTerms, PromotionBook},
};
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use cash_steps::{CashSteps, CashStepsError};
pub use coupons::CouponDraft;
pub use price_lists::PriceListDraft;
pub use promotions::PromotionDraft;
pub use quote::{CouponStanding, NewQuote, Quote, QuotedLine};
pub use taxes::{TaxRateAccepted, TaxTableView};

pub(crate) use buyer::price_source;
pub(crate) use discounts::{Buying, candidates, discounts, outcome};
pub(crate) use hints::Hints;
pub(crate) use redeem::{give_back, holds_of};
pub(crate) use taxes::{has_taxes, reads_taxes, tax_on};

use crate::code::codes;
use stream_view::StreamView;

codes! {
    COUPON_PROMOTION_UNKNOWN = "pricing.coupon_promotion_unknown" Invalid "the promotion that the coupon stands for does not exist or has ended",
    COUPON_PROMOTION_AUTOMATIC = "pricing.coupon_promotion_automatic" Invalid "the promotion applies by itself and takes no coupons",
    COUPONS_REFUSED = "pricing.coupons_refused" Conflict "some coupons take nothing off",
    TOO_MANY_COUPONS = "pricing.too_many_coupons" Invalid "an order takes fewer coupons",
    CATEGORY_UNKNOWN = "pricing.category_unknown" Invalid "there is no such category",
    CUSTOMER_UNKNOWN = "pricing.customer_unknown" Invalid "a list names somebody who is no customer",
    PROMOTIONS_NOT_APPLIED = "pricing.promotions_not_applied" Conflict "some of the promotions that the order counts on take nothing off",
}

/// The scope of the claims on redemptions, one for each slot of a customer: the key is the promotion's UUID or the
/// coupon's code, the customer's UUID and the slot, the holder the order's stream.
pub const REDEMPTION_SCOPE: &str = "promotion-redemption";

/// The use cases on price lists, promotions and coupons.
#[derive(Clone)]
pub struct Pricing {
    log: Log,
    book: StreamView<PromotionBook>,
    prices: StreamView<PriceBook>,
}

impl Pricing {
    /// Use cases on `log`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self {
            book: StreamView::new(log.reader().clone(), BOOK),
            prices: StreamView::new(log.reader().clone(), PRICE_BOOK),
            log,
        }
    }
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionAccepted {
    /// Which promotion.
    pub promotion: PromotionId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// What became of a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponAccepted {
    /// Which coupon.
    pub code: CouponCode,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// What became of a price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceListAccepted {
    /// Which list.
    pub list: PriceListId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// A price list as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListView {
    /// Which list.
    pub list: PriceListId,
    /// All of it.
    pub terms: Arc<PriceListTerms>,
    /// Its prices hold no more.
    pub is_retired: bool,
    /// Its version: the `ETag`.
    pub version: i64,
}
