//! What each kind of reward takes off, in whole minor units, split so that the lines sum exactly (PRC-2).

use std::collections::HashMap;

use super::{Bundle, BuyXGetY, Inapplicable, Offer, Reward, basket::Eligible};
use crate::{
    ids::ProductId,
    money::{Currency, Money, split_by_weight},
};

/// By line; only those that are reduced. Every line of `eligible` has something left.
pub(super) fn reduce(
    offer: &Offer,
    currency: Currency,
    eligible: &[Eligible<'_>],
) -> Result<Vec<(usize, Money)>, Inapplicable> {
    // What may go off each line, and how much of all that goes off.
    let (weights, whole) = match &offer.reward {
        Reward::Percentage(off) => {
            let weights: Vec<i64> = eligible.iter().map(|line| line.left).collect();
            let whole = sum(currency, &weights)?.portion(off.rate);
            (weights, whole.minor())
        }
        Reward::Fixed(off) => {
            let weights: Vec<i64> = eligible.iter().map(|line| line.left).collect();
            let most = sum(currency, &weights)?.minor();
            (weights, off.amount.minor().min(most))
        }
        Reward::BuyXGetY(deal) => {
            let weights = deal_off(deal, currency, eligible)?;
            let whole = sum(currency, &weights)?.minor();
            (weights, whole)
        }
        Reward::Bundle(bundle) => bundle_off(bundle, currency, eligible)?,
    };
    let whole = offer.cap.map_or(whole, |cap| whole.min(cap.minor()));
    if whole <= 0 {
        return Err(Inapplicable::NothingLeft);
    }
    let weights: Vec<u64> = weights.iter().map(|weight| weight.unsigned_abs()).collect();
    // A share is never above its weight, because the whole is never above their sum (PRC-1).
    let shares = split_by_weight(Money::from_minor(whole, currency), &weights)
        .map_err(|_| Inapplicable::NothingLeft)?;
    let lines = eligible.iter().map(|line| line.index).zip(shares);
    Ok(lines.filter(|(_, share)| share.minor() > 0).collect())
}

/// The sum of parts of a subtotal, which fits; where it did not, there would be nothing to take off.
fn sum(currency: Currency, parts: &[i64]) -> Result<Money, Inapplicable> {
    let parts = parts.iter().map(|part| Money::from_minor(*part, currency));
    Money::sum(currency, parts).map_err(|_| Inapplicable::NothingLeft)
}

/// What is left of `units` of a line.
fn value(line: &Eligible<'_>, units: u32, currency: Currency) -> Money {
    // Never more than all that is left, so it always fits.
    let left = Money::from_minor(line.left, currency);
    left.share(units.min(line.line.quantity.get()), line.line.quantity).unwrap_or(left)
}

/// The cheapest units of every `buy + get` go off, the earlier line first among equals.
fn deal_off(
    deal: &BuyXGetY,
    currency: Currency,
    eligible: &[Eligible<'_>],
) -> Result<Vec<i64>, Inapplicable> {
    let units: u64 = eligible.iter().map(|line| u64::from(line.line.quantity.get())).sum();
    let set = u64::from(deal.buy.get()) + u64::from(deal.get.get());
    let mut reduced = (units / set) * u64::from(deal.get.get());
    if reduced == 0 {
        return Err(Inapplicable::TooFewUnits);
    }
    let mut cheapest: Vec<usize> = (0..eligible.len()).collect();
    cheapest.sort_by_key(|place| eligible.get(*place).map(|line| line.line.unit_price.micros()));
    let mut weights = vec![0; eligible.len()];
    for place in cheapest {
        let (Some(line), Some(weight)) = (eligible.get(place), weights.get_mut(place)) else {
            continue;
        };
        let of_line = u32::try_from(reduced).unwrap_or(u32::MAX).min(line.line.quantity.get());
        *weight = value(line, of_line, currency).portion(deal.rate).minor();
        reduced -= u64::from(of_line);
        if reduced == 0 {
            break;
        }
    }
    Ok(weights)
}

/// What the units of all bundles come to, by line, and how much less the bundles cost.
fn bundle_off(
    bundle: &Bundle,
    currency: Currency,
    eligible: &[Eligible<'_>],
) -> Result<(Vec<i64>, i64), Inapplicable> {
    let mut held: HashMap<ProductId, u64> = HashMap::new();
    for line in eligible {
        *held.entry(line.line.product).or_default() += u64::from(line.line.quantity.get());
    }
    let times = bundle
        .items
        .iter()
        .map(|item| held.get(&item.product).copied().unwrap_or(0) / u64::from(item.quantity.get()))
        .min()
        .unwrap_or(0);
    if times == 0 {
        return Err(Inapplicable::TooFewUnits);
    }
    let mut wanted: HashMap<ProductId, u64> =
        bundle.items.iter().map(|item| (item.product, times * u64::from(item.quantity.get()))).collect();
    let mut weights = Vec::with_capacity(eligible.len());
    for line in eligible {
        let wanted = wanted.entry(line.line.product).or_default();
        let units = u32::try_from(*wanted).unwrap_or(u32::MAX).min(line.line.quantity.get());
        *wanted -= u64::from(units);
        weights.push(value(line, units, currency).minor());
    }
    let price = i128::from(bundle.price.minor()) * i128::from(times);
    let off = i128::from(sum(currency, &weights)?.minor()) - price;
    Ok((weights, i64::try_from(off).unwrap_or(0)))
}
