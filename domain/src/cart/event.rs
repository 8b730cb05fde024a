//! What may happen to a cart.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AccountId, CartId, OrderId, ProductId},
    money::UnitPrice,
    pricing::CouponCode,
    quantity::Quantity,
};

/// Units of one product in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// Which product.
    pub product: ProductId,
    /// How many base units.
    pub quantity: Quantity,
    /// What one cost when it was put in; what counts is the price of the day.
    pub unit_price: UnitPrice,
}

/// A fact about one cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CartEvent {
    /// Somebody began to shop.
    CartStarted {
        /// Whose it is; absent where a guest shops.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<AccountId>,
    },
    /// Units of a product were put in, beside those that were there.
    ItemAdded {
        /// Which product.
        product: ProductId,
        /// How many base units more.
        quantity: Quantity,
        /// What one cost at that moment.
        unit_price: UnitPrice,
    },
    /// There are so many units of a product now.
    QuantityChanged {
        /// Which product.
        product: ProductId,
        /// How many base units.
        quantity: Quantity,
    },
    /// A product was taken out.
    ItemRemoved {
        /// Which product.
        product: ProductId,
    },
    /// Everything was taken out, coupons too.
    CartCleared,
    /// A coupon was put on it.
    CouponAdded {
        /// Which.
        code: CouponCode,
    },
    /// A coupon was taken off.
    CouponRemoved {
        /// Which.
        code: CouponCode,
    },
    /// A guest signed in, and what was in the guest's cart is in this one now.
    CartMerged {
        /// The guest's cart.
        from: CartId,
        /// What was put in, beside what was there.
        lines: Vec<CartLine>,
        /// The coupons that came with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        coupons: Vec<CouponCode>,
    },
    /// A guest signed in, and this cart's goods are in the account's cart now.
    CartHandedOver {
        /// The account's cart.
        to: CartId,
    },
    /// What was in it is ordered.
    CartOrdered {
        /// Which order.
        order: OrderId,
    },
}

impl Event for CartEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("CartStarted", 1),
        ("ItemAdded", 1),
        ("QuantityChanged", 1),
        ("ItemRemoved", 1),
        ("CartCleared", 1),
        ("CouponAdded", 1),
        ("CouponRemoved", 1),
        ("CartMerged", 1),
        ("CartHandedOver", 1),
        ("CartOrdered", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::CartStarted { .. } => "CartStarted",
            Self::ItemAdded { .. } => "ItemAdded",
            Self::QuantityChanged { .. } => "QuantityChanged",
            Self::ItemRemoved { .. } => "ItemRemoved",
            Self::CartCleared => "CartCleared",
            Self::CouponAdded { .. } => "CouponAdded",
            Self::CouponRemoved { .. } => "CouponRemoved",
            Self::CartMerged { .. } => "CartMerged",
            Self::CartHandedOver { .. } => "CartHandedOver",
            Self::CartOrdered { .. } => "CartOrdered",
        }
    }
}
