//! Pricing: what goods cost whom, and what promotions and coupons take off an order.
//!
//! PRC-1 Nothing is reduced below zero, no line and no order, and a cap is a cap.
//! PRC-2 What is taken off is split over the lines by largest remainder, so that the lines always sum exactly.
//! PRC-3 Promotions come by priority, the greatest first and the older first among equals; then coupons, in the order
//!       in which they were given. Each sees what those before it have left.
//! PRC-4 A line that an exclusive offer reduces takes no other, before or after it.
//! PRC-5 Two exclusive promotions that apply by themselves never cover the same goods, buyers and time.
//! PRC-6 A limit is never exceeded, and can be changed but not added: what was not counted cannot be limited.
//! PRC-7 What has ended stays ended.
//! PRC-8 A customer pays the price of the lists that name the customer, else of those of the customer's groups, each by
//!       priority; else the wholesale, the discounted or the base price. Nobody else pays a list's price.
//! PRC-9 Goods have at most one tax rate: of their zone before of everywhere, of their category before of all goods.

mod apply;
mod basket;
mod book;
mod book_index;
mod command;
mod coupon;
mod coupon_code;
mod error;
mod event;
mod overlap;
mod price_book;
mod price_list;
mod prices;
mod promotion;
mod redemptions;
mod reward;
mod rules;
mod simulation;
mod tax_table;
mod terms;

pub use apply::{CouponCandidate, CouponOffer, Limited, Outcome, Subject, apply};
pub use basket::{Basket, BasketLine, Reduction, Till};
pub use book::{BOOK, BookState, Listed, PromotionBook};
pub use command::{
    BookCommand, CouponCommand, PriceBookCommand, PriceListCommand, PromotionCommand, RedemptionsCommand,
    TaxTableCommand,
};
pub use coupon::{Coupon, CouponState, IssuedCoupon};
pub use coupon_code::{CouponCode, CouponCodeError};
pub use error::{Inapplicable, PricingError};
pub use event::{
    BookEvent, CouponEvent, PriceBookEvent, PriceListEvent, PromotionEvent, RedemptionsEvent, TaxTableEvent,
};
pub use price_book::{EnteredList, PRICE_BOOK, PriceBook, PriceBookState};
pub use price_list::{PriceList, PriceListState};
pub use prices::{PriceSource, WHOLESALE};
pub use promotion::{Promotion, PromotionState, RunPromotion};
pub use redemptions::{Redemptions, RedemptionsState};
pub use simulation::{PastLine, PastOrder, Simulated, Simulation};
pub use tax_table::{LineRate, TAX_TABLE, TaxTable, TaxTableState, TaxTerms, TaxTreatment};
pub use terms::{
    Activation, Audience, Bundle, BundleItem, BuyXGetY, CouponTerms, FixedOff, Grant, Limits, ListPrice,
    Offer, PercentageOff, PriceListTerms, PromotionTerms, Reward, Scope, Stacking, Validity,
};

/// The most products, categories, companies, zones or groups of one scope; a limit of the command, so that it may
/// change, like all of these.
pub const MAX_SCOPE: usize = 1_000;

/// The most products of one bundle.
pub const MAX_BUNDLE_ITEMS: usize = 20;

/// The most promotions that run or wait to run at the same time: an order looks at those that may be for its goods, and
/// the writer holds all of them.
pub const MAX_LIVE: usize = 2_000;

/// The greatest limit per customer: each of its slots is looked at when an order is placed.
pub const MAX_PER_CUSTOMER: u16 = 100;

/// The most coupons of one order.
pub const MAX_COUPONS: usize = 5;

/// The most price lists that hold or wait to hold at the same time.
pub const MAX_PRICE_LISTS: usize = 1_000;

/// The most prices of one list.
pub const MAX_LIST_PRICES: usize = 2_000;

/// The most tax rates that there ever may be, inactive ones too.
pub const MAX_TAX_RATES: usize = 500;

/// The most customers, and the most groups, of one list.
pub const MAX_AUDIENCE: usize = 1_000;
