//! Why a request to a cart is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to a cart is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// Nothing was ever put into it.
    #[error("cart does not exist")]
    NotFound,
    /// A cart begins once.
    #[error("cart exists already")]
    AlreadyStarted,
    /// CRT-3.
    #[error("cart is closed")]
    Closed,
    /// An order of nothing.
    #[error("cart is empty")]
    Empty,
    /// The product is not in the cart.
    #[error("the cart does not hold this product")]
    ItemNotFound,
    /// CRT-2.
    #[error("a cart holds at most {max} products")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// CRT-2.
    #[error("a cart holds at most {max} units of a product")]
    QuantityTooLarge {
        /// The limit.
        max: u32,
    },
    /// CRT-2.
    #[error("a guest's cart takes at most {max} changes: sign in, or begin another")]
    TooManyChanges {
        /// The limit.
        max: u32,
    },
    /// As many as an order takes.
    #[error("a cart takes at most {max} coupons")]
    TooManyCoupons {
        /// The limit.
        max: usize,
    },
    /// The coupon is not on the cart.
    #[error("the cart does not have this coupon")]
    CouponNotFound,
}

refusals!(CartError, faults = details {
    NotFound = "cart.not_found" NotFound,
    AlreadyStarted = "cart.already_started" Conflict,
    Closed = "cart.closed" Conflict,
    Empty = "cart.empty" Conflict,
    ItemNotFound = "cart.item_not_found" NotFound,
    TooManyLines = "cart.too_many_lines" Conflict,
    QuantityTooLarge = "cart.quantity_too_large" Invalid,
    TooManyChanges = "cart.too_many_changes" Conflict,
    TooManyCoupons = "cart.too_many_coupons" Conflict,
    CouponNotFound = "cart.coupon_not_found" NotFound,
});

impl CartError {
    fn details(&self) -> Vec<Fault> {
        let fault = match self {
            Self::TooManyLines { max } => Fault::at("", self).with("max", *max),
            Self::QuantityTooLarge { max } => Fault::at("/quantity", self).with("max", *max),
            Self::TooManyChanges { max } => Fault::at("", self).with("max", *max),
            Self::TooManyCoupons { max } => Fault::at("", self).with("max", *max),
            Self::NotFound
            | Self::AlreadyStarted
            | Self::Closed
            | Self::Empty
            | Self::ItemNotFound
            | Self::CouponNotFound => return Vec::new(),
        };
        vec![fault]
    }
}
