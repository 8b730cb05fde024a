//! The price rule, in one place.

use crate::{catalog::Prices, money::UnitPrice};

/// What one base unit costs a customer: the wholesale price where it applies (`wholesale`) and the product has one,
/// else the discounted price, else the base price. For now this is the one place of the price rule; customer and
/// group price lists, promotions and coupons (context `pricing`) will come before and after it here.
#[must_use]
pub fn price_for(prices: &Prices, wholesale: bool) -> UnitPrice {
    prices.wholesale.filter(|_| wholesale).or(prices.discounted).unwrap_or(prices.base)
}
