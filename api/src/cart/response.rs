//! Carts as answers show them.

use commands::cart::{CartAccepted, CartIssue, CartMerged, ShownCart, ShownLine, StockCheck};
use domain::cart::CartLine;
use projections::pricing::promotion_list::DiscountRow;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    http::shapes::MoneyBody,
    orders::response::TotalsBody,
    pricing::{quote_response::DiscountBody, response::strings},
};

/// What became of a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartAccepted, example = json!({
    "id": "crt_0190c7a2000070008000000000000001",
    "version": 2,
    "item_count": 1,
    "item": {"id": "prd_0190c7a2000070008000000000000001", "quantity": 2},
    "cart_token": null,
}))]
pub struct CartAcceptedBody {
    /// `crt_…`; null where there is none yet.
    pub id: Option<String>,
    /// Its version now.
    pub version: i64,
    /// How many products it holds.
    pub item_count: usize,
    /// What it holds now of the product that was asked about; null where that is nothing.
    pub item: Option<HeldItemBody>,
    /// The token of a guest's new cart, told this once: send it as `X-Cart-Token`. Browsers get it as a cookie too.
    pub cart_token: Option<String>,
}

/// Units of one product in a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldItem)]
pub struct HeldItemBody {
    /// The product's id (`prd_…`), since each product stands in a cart once.
    pub id: String,
    /// How many base units.
    pub quantity: u32,
}

impl From<&CartLine> for HeldItemBody {
    fn from(line: &CartLine) -> Self {
        Self { id: line.product.to_string(), quantity: line.quantity.get() }
    }
}

impl From<&CartAccepted> for CartAcceptedBody {
    fn from(accepted: &CartAccepted) -> Self {
        Self {
            id: accepted.cart.map(|id| id.to_string()),
            version: accepted.version,
            item_count: accepted.lines,
            item: accepted.line.as_ref().map(Into::into),
            cart_token: None,
        }
    }
}

/// What became of a merge.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartMerged)]
pub struct CartMergedBody {
    /// The account's cart (`crt_…`); null where there is none yet.
    pub id: Option<String>,
    /// Its version now.
    pub version: i64,
    /// How many products it holds.
    pub item_count: usize,
    /// How many products came from the guest's cart: none the second time.
    pub merged_items: usize,
}

impl From<&CartMerged> for CartMergedBody {
    fn from(merged: &CartMerged) -> Self {
        Self {
            id: merged.cart.cart.map(|id| id.to_string()),
            version: merged.cart.version,
            item_count: merged.cart.lines,
            merged_items: merged.lines,
        }
    }
}

/// A cart, and what an order of it would come to now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cart)]
pub struct CartBody {
    /// `crt_…`; null where nothing was put in yet.
    pub id: Option<String>,
    /// Its version.
    pub version: i64,
    /// In the order in which they were put in.
    pub items: Vec<CartItemBody>,
    /// Codes, in the order in which they were put on.
    pub coupons: Vec<String>,
    /// What an order of it would come to, to the smallest coin, where `is_valid`; else what can be told. Null where
    /// nothing in it has a price.
    pub totals: Option<TotalsBody>,
    /// What promotions and coupons take off, in the order in which they do; `line` is the place in `items`, from 1.
    pub discounts: Vec<DiscountBody>,
    /// It could be ordered as it is.
    pub is_valid: bool,
    /// What has changed, and what stands in the order's way.
    pub warnings: Vec<CartIssueBody>,
}

/// Units of one product, and what they cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartItem)]
pub struct CartItemBody {
    /// The product's id (`prd_…`), since each product stands in a cart once.
    pub id: String,
    /// `prd_…`
    pub product_id: String,
    /// The product's code.
    pub sku: Option<String>,
    /// How many base units.
    pub quantity: u32,
    /// What one cost when it was put in.
    pub added_price: MoneyBody,
    /// What one costs now: that counts. Null where it cannot be bought.
    pub unit_price: Option<MoneyBody>,
    /// Unit price times quantity, rounded once.
    pub total: Option<MoneyBody>,
    /// What promotions and coupons take off it.
    pub discount: Option<MoneyBody>,
}

/// Something to know before the cart is ordered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartIssue)]
pub struct CartIssueBody {
    /// The item that it is about (`prd_…`).
    pub item_id: Option<String>,
    /// The coupon that it is about.
    pub coupon: Option<String>,
    /// Stable: programs may branch on it. It is the order's own where the order would be refused for it.
    pub code: String,
    /// One sentence for a person.
    pub detail: String,
    /// The order would be refused.
    pub blocks_order: bool,
    /// How many units can be ordered instead; 0 where none can, null where the quantity is not what is wrong.
    pub suggested_quantity: Option<u32>,
    /// The numbers that you need: `available`, `minimum`, `added_price`, `unit_price`, …
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub numbers: Map<String, Value>,
}

impl From<&ShownLine> for CartItemBody {
    fn from(line: &ShownLine) -> Self {
        Self {
            id: line.product.to_string(),
            product_id: line.product.to_string(),
            sku: line.sku.as_ref().map(ToString::to_string),
            quantity: line.quantity.get(),
            added_price: line.added_price.into(),
            unit_price: line.unit_price.map(Into::into),
            total: line.total.map(Into::into),
            discount: line.discount.map(Into::into),
        }
    }
}

impl From<&CartIssue> for CartIssueBody {
    fn from(issue: &CartIssue) -> Self {
        Self {
            item_id: issue.product.map(|id| id.to_string()),
            coupon: issue.coupon.as_ref().map(ToString::to_string),
            code: issue.code.clone(),
            detail: issue.message.clone(),
            blocks_order: issue.blocks,
            suggested_quantity: issue.suggested_quantity,
            numbers: issue.numbers.clone(),
        }
    }
}

fn discounts(cart: &ShownCart) -> Vec<DiscountBody> {
    cart.discounts.iter().map(|discount| DiscountRow::from(discount).into()).collect()
}

impl From<&ShownCart> for CartBody {
    fn from(cart: &ShownCart) -> Self {
        Self {
            id: cart.cart.map(|id| id.to_string()),
            version: cart.version,
            items: cart.lines.iter().map(Into::into).collect(),
            coupons: strings(cart.coupons.iter()),
            totals: cart.totals.as_ref().map(Into::into),
            discounts: discounts(cart),
            is_valid: cart.is_valid(),
            warnings: cart.issues.iter().map(Into::into).collect(),
        }
    }
}

/// Whether a cart can be ordered, and why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartValidation)]
pub struct CartValidationBody {
    /// It can be ordered as it is.
    pub is_valid: bool,
    /// What has changed, and what stands in the order's way.
    pub issues: Vec<CartIssueBody>,
}

impl From<&ShownCart> for CartValidationBody {
    fn from(cart: &ShownCart) -> Self {
        Self {
            is_valid: cart.is_valid(),
            issues: cart.issues.iter().map(Into::into).collect(),
        }
    }
}

/// Whether a cart can be ordered so, what the order would come to, and what to send with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckoutValidation)]
pub struct CheckoutValidationBody {
    /// It can be ordered as it is.
    pub is_valid: bool,
    /// What has changed, and what stands in the order's way, with quantities that can be ordered instead.
    pub issues: Vec<CartIssueBody>,
    /// What the order would come to, to the smallest coin, where `is_valid`; else what can be told.
    pub totals: Option<TotalsBody>,
    /// What promotions and coupons take off.
    pub discounts: Vec<DiscountBody>,
    /// Promotions (`prm_…`) that take something off: with them as `promotion_ids`, the order is placed with all of them
    /// or not at all.
    pub promotion_ids: Vec<String>,
}

impl From<&ShownCart> for CheckoutValidationBody {
    fn from(cart: &ShownCart) -> Self {
        let CartValidationBody { is_valid, issues } = cart.into();
        Self {
            is_valid,
            issues,
            totals: cart.totals.as_ref().map(Into::into),
            discounts: discounts(cart),
            promotion_ids: strings(cart.discounts.iter().filter_map(|discount| discount.promotion)),
        }
    }
}

/// Whether there is enough of everything in a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartStock)]
pub struct CartStockBody {
    /// There is, of every item.
    pub is_sufficient: bool,
    /// As in the cart.
    pub items: Vec<CartStockItemBody>,
}

/// Whether there is enough of one item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartStockItem)]
pub struct CartStockItemBody {
    /// The product's id (`prd_…`).
    pub id: String,
    /// How many units the cart holds.
    pub quantity: u32,
    /// How many can be had; null for a service, which is not counted.
    pub available: Option<u64>,
    /// It is sold, and there are as many.
    pub is_sufficient: bool,
}

impl From<&[StockCheck]> for CartStockBody {
    fn from(checks: &[StockCheck]) -> Self {
        let item = |check: &StockCheck| CartStockItemBody {
            id: check.product.to_string(),
            quantity: check.quantity.get(),
            available: check.available,
            is_sufficient: check.is_sufficient,
        };
        Self {
            is_sufficient: checks.iter().all(|check| check.is_sufficient),
            items: checks.iter().map(item).collect(),
        }
    }
}
