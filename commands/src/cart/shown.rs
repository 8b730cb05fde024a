//! A cart as its owner sees it.

use domain::{
    cart::CartLine,
    catalog::Listing,
    ids::{CartId, ProductId},
    money::{Money, UnitPrice},
    orders::{AppliedDiscount, Totals},
    pricing::{CouponCode, Inapplicable},
    quantity::Quantity,
    refusal::{Fault, Refusal},
    text::Sku,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PRICE_CHANGED;

/// A cart, what it comes to, and what stands in its way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ShownCart {
    /// Which; `None` where there is none, which is an empty one.
    pub cart: Option<CartId>,
    /// Its version; 0 where there is none.
    pub version: i64,
    /// In the order in which they were put in.
    pub lines: Vec<ShownLine>,
    /// In the order in which they were put on.
    pub coupons: Vec<CouponCode>,
    /// What an order of it would come to: all of it where nothing blocks the order, else what can be told. `None` where
    /// nothing in it has a price.
    pub totals: Option<Totals>,
    /// What promotions and coupons take off; lines are numbered as here.
    pub discounts: Vec<AppliedDiscount>,
    /// What to know, by line, then by coupon.
    pub issues: Vec<CartIssue>,
}

impl ShownCart {
    /// It can be ordered as it is.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.lines.is_empty() && self.issues.iter().all(|issue| !issue.blocks)
    }
}

/// Units of one product, and what they cost now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLine {
    /// Which product.
    pub product: ProductId,
    /// Its code.
    pub sku: Option<Sku>,
    /// How many base units.
    pub quantity: Quantity,
    /// What one cost when it was put in.
    pub added_price: UnitPrice,
    /// What one costs now; `None` where it is not sold any more.
    pub unit_price: Option<UnitPrice>,
    /// Price times quantity, rounded once; `None` where it cannot be billed.
    pub total: Option<Money>,
    /// What promotions and coupons take off it.
    pub discount: Option<Money>,
}

/// Something to know before the cart is ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CartIssue {
    /// The product that it is about.
    pub product: Option<ProductId>,
    /// The coupon that it is about.
    pub coupon: Option<CouponCode>,
    /// Stable code, that of the order's refusal where the order would be refused.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// The order would be refused.
    pub blocks: bool,
    /// How many units can be ordered instead; 0 where none can.
    pub suggested_quantity: Option<u32>,
    /// The numbers: `available`, `minimum`, `added_price`, …
    pub numbers: Map<String, Value>,
}

impl CartIssue {
    pub(super) fn of_fault(fault: Fault) -> Self {
        Self {
            product: None,
            coupon: None,
            code: fault.code.to_owned(),
            message: fault.message,
            blocks: true,
            suggested_quantity: None,
            numbers: fault.numbers,
        }
    }

    pub(super) fn of(refusal: &impl Refusal) -> Self {
        Self::of_fault(Fault::at("", refusal))
    }

    pub(super) fn of_coupon(coupon: &CouponCode, reason: &Inapplicable) -> Self {
        Self {
            coupon: Some(coupon.clone()),
            ..Self::of_fault(reason.fault(""))
        }
    }

    /// The line costs something else than when it was put in.
    pub(super) fn of_price(line: &CartLine, now: UnitPrice) -> Option<Self> {
        if line.unit_price == now {
            return None;
        }
        let fault = PRICE_CHANGED
            .at("")
            .with("added_price", line.unit_price.decimal())
            .with("added_currency", line.unit_price.currency().code())
            .with("unit_price", now.decimal())
            .with("currency", now.currency().code());
        Some(Self {
            product: Some(line.product),
            blocks: false,
            ..Self::of_fault(fault)
        })
    }
}

/// How many units can be ordered instead: at least the product's minimum, at most what is available, else none.
pub(super) fn suggestion(wanted: Quantity, listing: Option<&Listing>, available: Option<u64>) -> u32 {
    let Some(listing) = listing else {
        return 0;
    };
    let minimum = listing.min_order_quantity.get();
    let wanted = wanted.get().max(minimum);
    let can = available.map_or(wanted, |units| u32::try_from(units).unwrap_or(u32::MAX).min(wanted));
    if can < minimum { 0 } else { can }
}

/// Whether there is enough of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCheck {
    /// Which product.
    pub product: ProductId,
    /// How many units the cart holds.
    pub quantity: Quantity,
    /// How many can be had over all warehouses; `None` for a service, which is not counted.
    pub available: Option<u64>,
    /// It is sold, and there are as many.
    pub is_sufficient: bool,
}

#[cfg(test)]
mod tests {
    use domain::{
        catalog::ProductEvent,
        decider::Decider,
        fixtures::{catalog::registered, units},
    };

    use super::*;

    #[test]
    fn a_suggestion_can_be_ordered() {
        let mut product = domain::catalog::Product::fold(&[
            registered(),
            ProductEvent::MinimumOrderQuantitySet { min_order_quantity: units(6) },
        ]);
        let listing = product.listing().cloned();
        let suggested = |wanted: u32, available| suggestion(units(wanted), listing.as_ref(), available);
        assert_eq!(suggested(10, Some(100)), 10);
        assert_eq!(suggested(10, Some(7)), 7);
        assert_eq!(suggested(10, Some(5)), 0);
        assert_eq!(suggested(2, Some(100)), 6);
        assert_eq!(suggested(2, Some(5)), 0);
        assert_eq!(suggested(2, None), 6);
        assert_eq!(suggested(u32::MAX, Some(u64::MAX)), u32::MAX);
        product = domain::catalog::ProductState::Absent;
        assert_eq!(suggestion(units(2), product.listing(), Some(9)), 0);
    }
}
