//! The price rule, in one place: what one base unit costs whoever buys it. Promotions and coupons come after it.

use std::sync::Arc;

use super::PriceListTerms;
use crate::{catalog::Prices, ids::ProductId, money::UnitPrice, quantity::Quantity, text::Code};

/// The group whose customers pay wholesale prices.
pub const WHOLESALE: &str = "wholesale";

/// Where the prices of one customer come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceSource {
    lists: Vec<Arc<PriceListTerms>>,
    is_wholesale: bool,
}

impl PriceSource {
    /// `lists` hold for the customer, in the order in which they are looked into; `groups` are the customer's.
    #[must_use]
    pub fn new(lists: Vec<Arc<PriceListTerms>>, groups: &[Code]) -> Self {
        let is_wholesale = groups.iter().any(|group| group.as_str() == WHOLESALE);
        Self { lists, is_wholesale }
    }

    /// What one base unit costs in a line of so many: the first list's price that has one; else the wholesale price,
    /// where the customer pays that and the product has one; else the discounted price; else the base price.
    #[must_use]
    pub fn price(&self, product: ProductId, prices: &Prices, quantity: Quantity) -> UnitPrice {
        let currency = prices.base.currency();
        let listed = self.lists.iter().find_map(|list| list.price(product, currency, quantity));
        listed
            .or(prices.wholesale.filter(|_| self.is_wholesale))
            .or(prices.discounted)
            .unwrap_or(prices.base)
    }
}
