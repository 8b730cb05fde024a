//! Placing: every rule of a new order, and its sums.

use super::{OrderState, discounts, parts::parts_of, taxes, terms};
use crate::{
    money::{Currency, Money, MoneyError},
    orders::{
        AppliedDiscount, MAX_LINES, OrderError, OrderEvent, OrderLine, Part, PlaceLine, PlaceOrder, Totals,
    },
};

pub(super) fn place(state: &OrderState, order: PlaceOrder) -> Result<Vec<OrderEvent>, OrderError> {
    if state.exists() {
        return Err(OrderError::AlreadyPlaced);
    }
    let (customer, external_id) = (order.customer, order.external_id.clone());
    let (country, zone) = (order.country.clone(), order.zone.clone());
    let (delivery_address, device) = (order.delivery_address.clone(), order.device.clone().map(Box::new));
    let (fulfilment, payment_method) = (order.fulfilment, order.payment_method);
    let Agreed { lines, parts, totals, discounts } = agree(order)?;
    Ok(vec![OrderEvent::OrderPlaced {
        customer,
        external_id,
        country,
        zone,
        delivery_address,
        device,
        fulfilment,
        payment_method,
        lines,
        parts,
        totals,
        discounts,
    }])
}

/// What is agreed on, frozen.
pub(super) struct Agreed {
    pub(super) lines: Vec<OrderLine>,
    pub(super) parts: Vec<Part>,
    pub(super) totals: Totals,
    pub(super) discounts: Vec<AppliedDiscount>,
}

/// Every rule of what is bought, and its sums.
pub(super) fn agree(mut order: PlaceOrder) -> Result<Agreed, OrderError> {
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
    let rates: Vec<_> = order.lines.iter().map(|line| line.tax).collect();
    let mut lines = priced(&mut order)?;
    discounts::freeze(&order, &mut lines)?;
    taxes::freeze(&rates, &mut lines)?;
    let mut totals = totals(&order, &lines)?;
    let mut parts = parts_of(&lines)?;
    terms::freeze(&order, &mut lines, &mut parts, &mut totals)?;
    round_to_coins(&order, &mut totals)?;
    Ok(Agreed { lines, parts, totals, discounts: order.discounts })
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
                tax: None,
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
    let on_top = lines.iter().map(OrderLine::tax_on_top);
    let tax = Money::sum(order.currency, on_top)
        .and_then(|sum| sum.checked_add(order.tax))
        .map_err(out_of_range("/tax"))?;
    let total = subtotal
        .checked_sub(discount)
        .and_then(|sum| sum.checked_add(order.delivery))
        .and_then(|sum| sum.checked_add(tax))
        .map_err(out_of_range(""))?;
    Ok(Totals {
        subtotal,
        discount,
        delivery: order.delivery,
        tax,
        rounding: Money::zero(order.currency),
        total,
    })
}

/// The last step: all that the customer pays is known.
fn round_to_coins(order: &PlaceOrder, totals: &mut Totals) -> Result<(), OrderError> {
    let Some(step) = order.cash_step else {
        return Ok(());
    };
    check_amount(order.currency, step.currency(), step.is_negative(), || "/cash_step".to_owned())?;
    let rounded = totals.total.to_multiple_of(step).map_err(out_of_range(""))?;
    totals.rounding = rounded.checked_sub(totals.total).map_err(out_of_range(""))?;
    totals.total = rounded;
    Ok(())
}
