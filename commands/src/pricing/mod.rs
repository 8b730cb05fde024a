//! Pricing: promotions and coupons, what they take off an order, and what they would.
//!
//! Every promotion that runs or waits to run stands in one stream, the book, and an order is decided on that: it cannot
//! get a promotion that ended or changed before it. Limits in total are counters, limits per customer are claims.

mod book_view;
mod coupons;
mod discounts;
mod hints;
mod promotions;
mod quote;
mod redeem;

use domain::{ids::PromotionId, pricing::CouponCode};
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use coupons::CouponDraft;
pub use promotions::PromotionDraft;
pub use quote::{CouponStanding, NewQuote, Quote, QuotedLine};

pub(crate) use discounts::{Buying, discounts};
pub(crate) use hints::Hints;
pub(crate) use redeem::{give_back, holds_of};

use crate::code::codes;
use book_view::BookView;

codes! {
    COUPON_PROMOTION_UNKNOWN = "pricing.coupon_promotion_unknown" Invalid "the promotion that the coupon stands for does not exist or has ended",
    COUPON_PROMOTION_AUTOMATIC = "pricing.coupon_promotion_automatic" Invalid "the promotion applies by itself and takes no coupons",
    COUPONS_REFUSED = "pricing.coupons_refused" Conflict "some coupons take nothing off",
    TOO_MANY_COUPONS = "pricing.too_many_coupons" Invalid "an order takes fewer coupons",
    PROMOTIONS_NOT_APPLIED = "pricing.promotions_not_applied" Conflict "some of the promotions that the order counts on take nothing off",
}

/// The scope of the claims on redemptions, one for each slot of a customer: the key is the promotion's UUID or the
/// coupon's code, the customer's UUID and the slot, the holder the order's stream.
pub const REDEMPTION_SCOPE: &str = "promotion-redemption";

/// The use cases on promotions and coupons.
#[derive(Clone)]
pub struct Pricing {
    log: Log,
    book: BookView,
}

impl Pricing {
    /// Use cases on `log`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self { book: BookView::new(log.reader().clone()), log }
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
