//! What promotions and coupons take off, as answers show it.

use commands::pricing::{Quote, QuotedLine};
use domain::{
    money::Money,
    pricing::{CouponCode, Inapplicable},
    refusal::Refusal,
};
use projections::pricing::promotion_list::DiscountRow;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::response::strings;
use crate::http::shapes::MoneyBody;

/// What a promotion or coupon takes off an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Discount)]
pub struct DiscountBody {
    /// `prm_…`; null for a coupon with an offer of its own.
    pub promotion_id: Option<String>,
    /// The coupon's code; null where the promotion applies by itself.
    pub coupon: Option<String>,
    /// The sum of its lines.
    pub amount: MoneyBody,
    /// By line.
    pub lines: Vec<DiscountLineBody>,
}

/// What is taken off one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DiscountLine)]
pub struct DiscountLineBody {
    /// The line, from 1.
    pub line: u16,
    /// How much.
    pub amount: MoneyBody,
}

impl From<DiscountRow> for DiscountBody {
    fn from(row: DiscountRow) -> Self {
        Self {
            promotion_id: row.promotion.map(|id| id.to_string()),
            coupon: row.coupon.map(|code| code.to_string()),
            amount: row.amount.into(),
            lines: row
                .lines
                .into_iter()
                .map(|(line, amount)| DiscountLineBody { line, amount: amount.into() })
                .collect(),
        }
    }
}

/// Why something takes nothing off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inapplicable)]
pub struct ReasonBody {
    /// Stable: programs may branch on it.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
    /// The numbers that you need: `minimum`, `subtotal`, `limit`, `from`, `until`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub numbers: Map<String, Value>,
}

impl From<&Inapplicable> for ReasonBody {
    fn from(reason: &Inapplicable) -> Self {
        Self {
            code: reason.code(),
            detail: reason.to_string(),
            numbers: reason.fault("").numbers,
        }
    }
}

/// Whether a coupon is taken, as those learn who may order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponCheck)]
pub struct CouponCheckBody {
    /// Its code, in capitals.
    pub code: String,
    /// It is taken: at all, or where lines are named, off these goods.
    pub is_valid: bool,
    /// Why not.
    pub reason: Option<ReasonBody>,
    /// What it takes off the named lines.
    pub discount: Option<MoneyBody>,
}

impl CouponCheckBody {
    /// Taken, unless there is a reason why not.
    #[must_use]
    pub fn new(code: &CouponCode, refused: Option<&Inapplicable>, discount: Option<Money>) -> Self {
        Self {
            code: code.to_string(),
            is_valid: refused.is_none(),
            reason: refused.map(Into::into),
            discount: discount.map(Into::into),
        }
    }
}

/// A line with its present price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuotedLine)]
pub struct QuotedLineBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: String,
    /// How many base units.
    pub quantity: u32,
    /// The price of one.
    pub unit_price: MoneyBody,
    /// Unit price times quantity, rounded once.
    pub total: MoneyBody,
    /// What promotions and coupons take off it.
    pub discount: MoneyBody,
}

impl From<&QuotedLine> for QuotedLineBody {
    fn from(line: &QuotedLine) -> Self {
        Self {
            product_id: line.product.to_string(),
            sku: line.sku.to_string(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.into(),
            total: line.total.into(),
            discount: line.discount.into(),
        }
    }
}

/// What an order would come to if it were placed now, before delivery and tax. Stock is not looked at, and nothing is
/// taken: another order may have the last redemption first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteBody {
    /// In the order of the request.
    pub lines: Vec<QuotedLineBody>,
    /// Sum of the lines.
    pub subtotal: MoneyBody,
    /// What is saved.
    pub discount: MoneyBody,
    /// What is left to pay.
    pub total: MoneyBody,
    /// What is taken off, in the order in which it is.
    pub discounts: Vec<DiscountBody>,
    /// Coupons that take nothing off, and why.
    pub refused_coupons: Vec<RefusedCouponBody>,
    /// What to send with the order, so that it is placed at this price or not at all.
    pub place_with: PlaceWithBody,
}

/// A coupon that takes nothing off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedCoupon)]
pub struct RefusedCouponBody {
    /// Its code.
    pub coupon: String,
    /// Why.
    pub reason: ReasonBody,
}

/// Members of the request that places the order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceWith)]
pub struct PlaceWithBody {
    /// Coupons that take something off.
    pub coupons: Vec<String>,
    /// Promotions (`prm_…`) that take something off.
    pub promotion_ids: Vec<String>,
}

impl From<Quote> for QuoteBody {
    fn from(quote: Quote) -> Self {
        let coupons = quote.discounts.iter().filter_map(|discount| discount.coupon.as_ref());
        let promotions = quote.discounts.iter().filter_map(|discount| discount.promotion);
        let place_with = PlaceWithBody {
            coupons: strings(coupons),
            promotion_ids: strings(promotions),
        };
        let refused = |(code, reason): &(CouponCode, Inapplicable)| RefusedCouponBody {
            coupon: code.to_string(),
            reason: reason.into(),
        };
        Self {
            lines: quote.lines.iter().map(Into::into).collect(),
            subtotal: quote.subtotal.into(),
            discount: quote.discount.into(),
            total: quote.total.into(),
            discounts: quote.discounts.iter().map(|discount| DiscountRow::from(discount).into()).collect(),
            refused_coupons: quote.refused.iter().map(refused).collect(),
            place_with,
        }
    }
}
