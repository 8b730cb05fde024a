//! Why a wish for what is not there is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to be told of stock is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StockAlertError {
    /// There is nothing to wait for.
    #[error("the product is in stock")]
    InStock {
        /// How many base units there are.
        available: u64,
    },
    /// There is nothing to tell.
    #[error("the product is out of stock")]
    OutOfStock,
    /// So many wait for a product at most.
    #[error("at most {max} customers wait for a product")]
    TooManyWaiting {
        /// The limit.
        max: usize,
    },
}

refusals!(StockAlertError, faults = details {
    InStock = "customers.product_in_stock" Conflict,
    OutOfStock = "customers.product_out_of_stock" Conflict,
    TooManyWaiting = "customers.too_many_waiting" Conflict,
});

impl StockAlertError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::InStock { available } => vec![Fault::at("", self).with("available", *available)],
            Self::OutOfStock => Vec::new(),
            Self::TooManyWaiting { max } => vec![Fault::at("", self).with("max", *max)],
        }
    }
}

/// Why a request to a wish for an item is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NeededItemError {
    /// There is no such wish, or it is not the caller's to see.
    #[error("the needed item does not exist")]
    NotFound,
    /// Nothing follows the last answer.
    #[error("the needed item has its answer")]
    Settled,
    /// An answer says more than that nobody has answered.
    #[error("an answer moves a needed item on")]
    NoAnswer,
}

refusals!(NeededItemError {
    NotFound = "customers.needed_item_not_found" NotFound,
    Settled = "customers.needed_item_settled" Conflict,
    NoAnswer = "customers.needed_item_no_answer" Invalid,
});
