//! What is taken off an order, frozen by line (ORD-2).

use super::{place::out_of_range, state::index_of};
use crate::{
    money::{Money, split_by_weight},
    orders::{AppliedDiscount, OrderError, OrderLine, PlaceOrder},
};

/// Gives each line its share: of the promotions and coupons as they were split already, and of the further discount by
/// what those leave of the lines. No line comes below zero; a share of nothing is left out.
pub(super) fn freeze(order: &PlaceOrder, lines: &mut [OrderLine]) -> Result<(), OrderError> {
    for (index, discount) in order.discounts.iter().enumerate() {
        take(lines, discount).ok_or(OrderError::DiscountMismatch { index })?;
    }
    if order.discount.minor() == 0 {
        return Ok(());
    }
    let left = lines.iter().map(|line| Money::from_minor(left_of(line), order.currency));
    let most = Money::sum(order.currency, left).map_err(out_of_range("/lines"))?;
    if order.discount.minor() > most.minor() {
        return Err(OrderError::DiscountAboveSubtotal);
    }
    let weights: Vec<u64> = lines.iter().map(|line| left_of(line).unsigned_abs()).collect();
    let shares = split_by_weight(order.discount, &weights).map_err(out_of_range("/discount"))?;
    for (line, share) in lines.iter_mut().zip(shares) {
        reduce(line, share.minor());
    }
    Ok(())
}

/// `None` where the shares do not sum to the amount, or a line cannot bear its share.
fn take(lines: &mut [OrderLine], discount: &AppliedDiscount) -> Option<()> {
    let shares = discount.lines.iter().map(|share| share.amount);
    if Money::sum(discount.amount.currency(), shares).ok()? != discount.amount {
        return None;
    }
    for share in &discount.lines {
        let line = index_of(share.line).and_then(|index| lines.get_mut(index))?;
        let amount = share.amount;
        let bearable = amount.currency() == line.total.currency()
            && !amount.is_negative()
            && amount.minor() <= left_of(line);
        if !bearable {
            return None;
        }
        reduce(line, amount.minor());
    }
    Some(())
}

fn left_of(line: &OrderLine) -> i64 {
    line.total.minor() - line.discount.map_or(0, Money::minor)
}

fn reduce(line: &mut OrderLine, minor: i64) {
    let reduced = line.discount.map_or(0, Money::minor) + minor;
    line.discount = (reduced != 0).then(|| Money::from_minor(reduced, line.total.currency()));
}
