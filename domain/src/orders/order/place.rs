//! Placing: every rule of a new order, and its sums.

use super::{OrderState, discounts, parts::parts_of, terms};
use crate::{
    money::{Currency, Money, MoneyError},
    orders::{MAX_LINES, OrderError, OrderEvent, OrderLine, PlaceLine, PlaceOrder, Totals},
};

pub(super) fn place(state: &OrderState, mut order: PlaceOrder) -> Result<Vec<OrderEvent>, OrderError> {
    if state.exists() {
        return Err(OrderError::AlreadyPlaced);
    }
    if order.lines.is_empty() {
        return Err(OrderError::NoLines);
    }
    if order.lines.len() > MAX_LINES {
        return Err(OrderError::TooManyLines { max: MAX_LINES });
    }
    let charges = [
        ("/discount", order.discount),
        ("/delivery", order.delivery),
        ("/tax", order.tax),
    ];
    for (pointer, amount) in charges {
        check_amount(order.currency, amount.currency(), amount.is_negative(), || pointer.to_owned())?;
    }
    for (index, line) in order.lines.iter().enumerate() {
        check_line(&order, index, line)?;
    }
    let mut lines = priced(&mut order)?;
    discounts::freeze(&order, &mut lines)?;
    let mut totals = totals(&order, &lines)?;
    let mut parts = parts_of(&lines)?;
    terms::freeze(&order, &mut lines, &mut parts, &mut totals)?;
    Ok(vec![OrderEvent::OrderPlaced {
        parts,
        customer: order.customer,
        external_id: order.external_id,
        country: order.country,
        zone: order.zone,
        delivery_address: order.delivery_address,
        fulfilment: order.fulfilment,
        payment_method: order.payment_method,
        lines,
        totals,
        discounts: order.discounts,
    }])
}

pub(super) fn check_amount(
    wanted: Currency,
    currency: Currency,
    negative: bool,
    pointer: impl Fn() -> String,
) -> Result<(), OrderError> {
    if currency != wanted {
        return Err(OrderError::CurrencyMismatch { pointer: pointer() });
    }
    if negative {
        return Err(OrderError::NegativeAmount { pointer: pointer() });
    }
    Ok(())
}

fn check_line(order: &PlaceOrder, index: usize, line: &PlaceLine) -> Result<(), OrderError> {
    let price = line.unit_price;
    check_amount(order.currency, price.currency(), price.is_negative(), || {
        format!("/lines/{index}/unit_price")
    })?;
    let allocated: u64 = line.allocations.iter().map(|allocation| u64::from(allocation.quantity.get())).sum();
    if !line.allocations.is_empty() && allocated != u64::from(line.quantity.get()) {
        return Err(OrderError::AllocationMismatch { index });
    }
    Ok(())
}

pub(super) fn out_of_range(pointer: impl Into<String>) -> impl FnOnce(MoneyError) -> OrderError {
    let pointer = pointer.into();
    move |_| OrderError::AmountOutOfRange { pointer }
}

/// Numbers the lines from 1 and rounds each total once.
fn priced(order: &mut PlaceOrder) -> Result<Vec<OrderLine>, OrderError> {
    std::mem::take(&mut order.lines)
        .into_iter()
        .enumerate()
        .zip(1_u16..)
        .map(|((index, line), number)| {
            let total = line
                .unit_price
                .total(line.quantity)
                .map_err(out_of_range(format!("/lines/{index}/quantity")))?;
            Ok(OrderLine {
                number,
                product: line.product,
                sku: line.sku,
                quantity: line.quantity,
                unit_price: line.unit_price,
                total,
                discount: None,
                company: line.company,
                commission: None,
                allocations: line.allocations,
            })
        })
        .collect()
}

fn totals(order: &PlaceOrder, lines: &[OrderLine]) -> Result<Totals, OrderError> {
    let subtotal =
        Money::sum(order.currency, lines.iter().map(|line| line.total)).map_err(out_of_range("/lines"))?;
    let discount = Money::sum(order.currency, lines.iter().filter_map(|line| line.discount))
        .map_err(out_of_range("/discount"))?;
    let total = subtotal
        .checked_sub(discount)
        .and_then(|sum| sum.checked_add(order.delivery))
        .and_then(|sum| sum.checked_add(order.tax))
        .map_err(out_of_range(""))?;
    Ok(Totals {
        subtotal,
        discount,
        delivery: order.delivery,
        tax: order.tax,
        total,
    })
}
