//! Pricing: what promotions and coupons take off an order.
//!
//! PRC-1 Nothing is reduced below zero, no line and no order, and a cap is a cap.
//! PRC-2 What is taken off is split over the lines by largest remainder, so that the lines always sum exactly.
//! PRC-3 Promotions come by priority, the greatest first and the older first among equals; then coupons, in the order
//!       in which they were given. Each sees what those before it have left.
//! PRC-4 A line that an exclusive offer reduces takes no other, before or after it.
//! PRC-5 Two exclusive promotions that apply by themselves never cover the same goods, buyers and time.
//! PRC-6 A limit is never exceeded, and can be changed but not added: what was not counted cannot be limited.
//! PRC-7 What has ended stays ended.

mod apply;
mod basket;
mod book;
mod command;
mod coupon;
mod coupon_code;
mod error;
mod event;
mod overlap;
mod promotion;
mod redemptions;
mod reward;
mod rules;

pub use apply::{CouponCandidate, CouponOffer, Limited, Outcome, Subject, apply};
pub use basket::{Basket, BasketLine, Reduction, Till};
pub use book::{BOOK, BookState, Listed, PromotionBook};
pub use command::{BookCommand, CouponCommand, PromotionCommand, RedemptionsCommand};
pub use coupon::{Coupon, CouponState, IssuedCoupon};
pub use coupon_code::{CouponCode, CouponCodeError};
pub use error::{Inapplicable, PricingError};
pub use event::{
    Activation, BookEvent, Bundle, BundleItem, BuyXGetY, CouponEvent, CouponTerms, FixedOff, Grant, Limits,
    Offer, PercentageOff, PromotionEvent, PromotionTerms, RedemptionsEvent, Reward, Scope, Stacking,
    Validity,
};
pub use promotion::{Promotion, PromotionState, RunPromotion};
pub use redemptions::{Redemptions, RedemptionsState};

/// The most products, categories, companies, zones or groups of one scope; a limit of the command, so that it may
/// change, like all of these.
pub const MAX_SCOPE: usize = 1_000;

/// The most products of one bundle.
pub const MAX_BUNDLE_ITEMS: usize = 20;

/// The most promotions that run or wait to run at the same time: each order looks at all of them.
pub const MAX_LIVE: usize = 500;

/// The greatest limit per customer: each of its slots is looked at when an order is placed.
pub const MAX_PER_CUSTOMER: u16 = 100;

/// The most coupons of one order.
pub const MAX_COUPONS: usize = 5;
