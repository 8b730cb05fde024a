//! What may be asked of a cart.

use super::CartLine;
use crate::{
    ids::{AccountId, CartId, OrderId, ProductId},
    pricing::CouponCode,
    quantity::Quantity,
};

/// A request to one cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartCommand {
    /// Begin it.
    Start {
        /// Whose it is; nobody's where a guest shops.
        owner: Option<AccountId>,
    },
    /// Put units of a product into it, beside those that are there.
    Add(CartLine),
    /// Have so many units of a product.
    SetQuantity {
        /// Which product.
        product: ProductId,
        /// How many.
        quantity: Quantity,
    },
    /// Take a product out.
    Remove {
        /// Which product.
        product: ProductId,
    },
    /// Take everything out, coupons too.
    Clear,
    /// Put a coupon on it.
    AddCoupon {
        /// Which.
        code: CouponCode,
    },
    /// Take a coupon off.
    RemoveCoupon {
        /// Which.
        code: CouponCode,
    },
    /// Take what a guest's cart holds, which is handed over in the same unit.
    Merge {
        /// The guest's cart.
        from: CartId,
        /// What is in it.
        lines: Vec<CartLine>,
        /// Its coupons, as far as they are taken at all; those that are too many are left behind.
        coupons: Vec<CouponCode>,
    },
    /// Give everything to an account's cart, which takes it in the same unit.
    HandOver {
        /// The account's cart.
        to: CartId,
    },
    /// Order what is in it, as the order of the same unit says.
    Order {
        /// Which order.
        order: OrderId,
    },
}
