//! Whether two promotions could want the same line of the same order (PRC-5).
//!
//! Goods overlap where the terms themselves say so: one of them takes everything, or they name a common product or
//! category. A product that one names and a category of the other that it happens to be in are not seen here: products
//! change their categories at any time, and where it comes to that, the priority decides (PRC-3).

use std::collections::BTreeSet;

use super::{Offer, PromotionTerms, Reward, Validity};
use crate::ids::ProductId;

pub(super) fn overlap(one: &PromotionTerms, other: &PromotionTerms) -> bool {
    let (a, b) = (&one.offer, &other.offer);
    windows(&one.validity, &other.validity)
        && meets(&a.scope.zones, &b.scope.zones)
        && meets(&a.scope.customer_groups, &b.scope.customer_groups)
        && meets(&a.scope.companies, &b.scope.companies)
        && a.currency().zip(b.currency()).is_none_or(|(a, b)| a == b)
        && goods(a, b)
}

fn windows(one: &Validity, other: &Validity) -> bool {
    let before_end = |of: &Validity, end: &Validity| end.until.is_none_or(|until| of.from < until);
    before_end(one, other) && before_end(other, one)
}

/// Empty means all.
fn meets<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
    one.is_empty() || other.is_empty() || !one.is_disjoint(other)
}

fn goods(one: &Offer, other: &Offer) -> bool {
    let products = |offer: &Offer| -> BTreeSet<ProductId> {
        match &offer.reward {
            Reward::Bundle(bundle) => bundle.items.iter().map(|item| item.product).collect(),
            Reward::Percentage(_) | Reward::Fixed(_) | Reward::BuyXGetY(_) => offer.scope.products.clone(),
        }
    };
    let (a, b) = (products(one), products(other));
    let takes_all = |products: &BTreeSet<ProductId>, offer: &Offer| {
        products.is_empty() && offer.scope.categories.is_empty()
    };
    takes_all(&a, one)
        || takes_all(&b, other)
        || !a.is_disjoint(&b)
        || !one.scope.categories.is_disjoint(&other.scope.categories)
}
