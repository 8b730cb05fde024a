//! How an invoice is booked: an order all the way to its delivery, a return all the way to its credit, or corrections.

use std::{collections::HashMap, sync::Arc};

use domain::{
    catalog::Product,
    ids::{OrderId, ProductId, ReturnId, WarehouseId},
    inventory::{Allocation, Stock, StockCommand, StockEvent, deal},
    money::Money,
    orders::{
        Counter, CreditLine, Fulfilment, Order, OrderCommand, PaymentMethod, PlaceLine, PlaceOrder,
        RequestReturn, Return, ReturnCommand, ReturnedLine, SoldIn,
    },
    quantity::Quantity,
    text::{Reason, Sku},
};
use event_store::{ClaimOutcome, Decision, StreamRef, Unit};
use serde::{Deserialize, Serialize};

use super::{
    flow::Step,
    keys,
    plan::{Kind, Planned},
    row::CURRENCY,
};
use crate::{
    catalog::{is_goods, unknown_product},
    execute::{Ruling, judge, refuse},
    orders::{
        CREDIT_SERIES, EXTERNAL_ID_TAKEN, INVOICE_SERIES, ORDER_EXTERNAL_ID_SCOPE, QUANTITY_OUT_OF_RANGE,
        RETURN_EXTERNAL_ID_SCOPE, credit, issue, receive, ship,
    },
};

/// The products of the file by their codes.
pub(super) type Products = HashMap<Sku, ProductId>;

/// It is in the log.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Booked {
    kind: BookedAs,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BookedAs {
    Order,
    Credit,
    Adjustment,
}

/// The step that books `invoice`.
pub(super) fn step(invoice: Arc<Planned>, products: Arc<Products>, warehouse: WarehouseId) -> Step<Booked> {
    let (named, known) = (Arc::clone(&invoice), Arc::clone(&products));
    Step::new(invoice.idempotency, invoice.at, move |unit| names(unit, &named, &known)).decided(
        move |decision| {
            let kind = match invoice.kind {
                Kind::Order => order(decision, &invoice, &products, warehouse).map(|()| BookedAs::Order),
                Kind::Credit => returned(decision, &invoice, &products, warehouse).map(|()| BookedAs::Credit),
                Kind::Adjustment => {
                    adjust(decision, &invoice, &products, warehouse).map(|()| BookedAs::Adjustment)
                }
            }?;
            Ok(Booked { kind })
        },
    )
}

fn names(unit: Unit, invoice: &Planned, products: &Products) -> Unit {
    let number = invoice.number.as_str();
    let mut unit = match invoice.kind {
        Kind::Order => unit
            .claims(ORDER_EXTERNAL_ID_SCOPE, number)
            .reads(StreamRef::of::<Counter>(INVOICE_SERIES))
            .reads(StreamRef::of::<Order>(keys::order(number, invoice.at).stream())),
        Kind::Credit => unit
            .claims(RETURN_EXTERNAL_ID_SCOPE, number)
            .reads(StreamRef::of::<Counter>(CREDIT_SERIES))
            .reads(StreamRef::of::<Return>(keys::credit(number, invoice.at).stream())),
        Kind::Adjustment => unit,
    };
    let mut seen = std::collections::HashSet::new();
    for line in &invoice.lines {
        if let Some(product) = products.get(&line.sku).filter(|product| seen.insert(**product)) {
            let id = product.stream();
            unit = unit.reads(StreamRef::of::<Product>(id.as_str())).reads(StreamRef::of::<Stock>(id));
        }
        if let Some((order, _)) = line.sold_in {
            unit = unit.reads(StreamRef::of::<Order>(order.stream()));
        }
    }
    unit
}

fn product_of(products: &Products, sku: &Sku) -> Ruling<ProductId> {
    match products.get(sku) {
        Some(product) => Ok(*product),
        None => refuse(unknown_product()),
    }
}

fn order(
    decision: &mut Decision<'_>,
    invoice: &Planned,
    products: &Products,
    warehouse: WarehouseId,
) -> Ruling<()> {
    let order = keys::order(invoice.number.as_str(), invoice.at);
    let id = order.stream();
    if let ClaimOutcome::Taken(_) = decision.claim(ORDER_EXTERNAL_ID_SCOPE, invoice.number.as_str(), &id)? {
        return refuse(EXTERNAL_ID_TAKEN.refusal());
    }
    let mut allocations = reserve(decision, order, invoice, products, warehouse)?;
    let mut lines = Vec::with_capacity(invoice.lines.len());
    for (line, filled) in invoice.lines.iter().zip(&mut allocations) {
        lines.push(PlaceLine {
            product: product_of(products, &line.sku)?,
            sku: line.sku.clone(),
            quantity: line.quantity,
            unit_price: line.price,
            tax: None,
            company: None,
            allocations: std::mem::take(filled),
        });
    }
    let place = PlaceOrder {
        customer: invoice.customer,
        external_id: Some(invoice.number.clone()),
        country: invoice.country.clone(),
        zone: None,
        delivery_address: None,
        device: None,
        fulfilment: Fulfilment::Delivery,
        payment_method: PaymentMethod::Invoice,
        currency: CURRENCY,
        lines,
        discounts: Vec::new(),
        discount: Money::zero(CURRENCY),
        delivery: Money::zero(CURRENCY),
        tax: Money::zero(CURRENCY),
        cash_step: None,
        terms: Vec::new(),
    };
    judge::<Order>(decision, &id, OrderCommand::Place(place))?;
    let invoice_number = issue(decision, INVOICE_SERIES, order.to_string())?;
    judge::<Order>(decision, &id, OrderCommand::Confirm { invoice_number })?;
    judge::<Order>(decision, &id, OrderCommand::Process { part: None })?;
    ship(decision, order, None)?;
    judge::<Order>(decision, &id, OrderCommand::Deliver { part: None }).map(drop)
}

/// Reserves what all lines of a product want together; answers each line's share, in the order of the lines.
fn reserve(
    decision: &mut Decision<'_>,
    order: OrderId,
    invoice: &Planned,
    products: &Products,
    warehouse: WarehouseId,
) -> Ruling<Vec<Vec<Allocation>>> {
    let mut filled = vec![Vec::new(); invoice.lines.len()];
    let mut places: HashMap<ProductId, usize> = HashMap::new();
    let mut wants: Vec<(ProductId, Vec<usize>)> = Vec::new();
    for (index, line) in invoice.lines.iter().enumerate() {
        let product = product_of(products, &line.sku)?;
        let place = *places.entry(product).or_insert(wants.len());
        match wants.get_mut(place) {
            Some((_, lines)) => lines.push(index),
            None => wants.push((product, vec![index])),
        }
    }
    for (product, lines) in wants {
        let id = product.stream();
        if !is_goods(decision.state::<Product>(&id)?) {
            continue;
        }
        let quantities: Vec<Quantity> =
            lines.iter().filter_map(|index| invoice.lines.get(*index)).map(|line| line.quantity).collect();
        let sum = quantities.iter().try_fold(0_u32, |sum, units| sum.checked_add(units.get()));
        let Some(quantity) = sum.and_then(Quantity::new) else {
            return refuse(QUANTITY_OUT_OF_RANGE.refusal());
        };
        let command = StockCommand::Reserve {
            order,
            quantity,
            preferred: vec![warehouse],
            hold: None,
            now: decision.now(),
        };
        for event in judge::<Stock>(decision, &id, command)? {
            if let StockEvent::StockReserved { allocations, .. } = event {
                for (index, share) in lines.iter().zip(deal(&allocations, &quantities)) {
                    if let Some(line) = filled.get_mut(*index) {
                        *line = share;
                    }
                }
            }
        }
    }
    Ok(filled)
}

fn returned(
    decision: &mut Decision<'_>,
    invoice: &Planned,
    products: &Products,
    warehouse: WarehouseId,
) -> Ruling<()> {
    let return_id = keys::credit(invoice.number.as_str(), invoice.at);
    let id = return_id.stream();
    if let ClaimOutcome::Taken(_) = decision.claim(RETURN_EXTERNAL_ID_SCOPE, invoice.number.as_str(), &id)? {
        return refuse(EXTERNAL_ID_TAKEN.refusal());
    }
    let orders = take_back(decision, return_id, invoice)?;
    let mut lines = Vec::with_capacity(invoice.lines.len());
    for (line, number) in invoice.lines.iter().zip(1_u16..) {
        let Ok(total) = line.price.total(line.quantity) else {
            return refuse(QUANTITY_OUT_OF_RANGE.refusal());
        };
        lines.push(CreditLine {
            number,
            product: product_of(products, &line.sku)?,
            sku: line.sku.clone(),
            quantity: line.quantity,
            unit_price: line.price,
            total,
            tax: None,
            commission: None,
            sold_in: line
                .sold_in
                .filter(|(order, _)| orders.contains(order))
                .map(|(order, line)| SoldIn { order, line }),
        });
    }
    let all_of_one = match orders.as_slice() {
        [order] if lines.iter().all(|line| line.sold_in.is_some()) => Some(*order),
        _ => None,
    };
    let Ok(reason) = Reason::parse(&format!("credit note {}", invoice.number)) else {
        return refuse(EXTERNAL_ID_TAKEN.refusal());
    };
    let request = RequestReturn {
        order: all_of_one,
        customer: invoice.customer,
        external_id: Some(invoice.number.clone()),
        country: invoice.country.clone(),
        currency: CURRENCY,
        lines,
        reason,
    };
    judge::<Return>(decision, &id, ReturnCommand::Request(request))?;
    judge::<Return>(decision, &id, ReturnCommand::Approve)?;
    let state = decision.state::<Return>(&id)?.clone();
    receive(decision, return_id, &state, warehouse)?;
    credit(decision, return_id)
}

/// Lets each order that a line was sold with take it back; answers those that did. One that was refused (or is not in
/// the log at all) leaves its lines unmatched.
fn take_back(decision: &mut Decision<'_>, return_id: ReturnId, invoice: &Planned) -> Ruling<Vec<OrderId>> {
    let mut sold: Vec<(OrderId, Vec<ReturnedLine>)> = Vec::new();
    for line in &invoice.lines {
        let Some((order, number)) = line.sold_in else {
            continue;
        };
        let back = ReturnedLine { line: number, quantity: line.quantity };
        let Some((_, lines)) = sold.iter_mut().find(|(known, _)| *known == order) else {
            sold.push((order, vec![back]));
            continue;
        };
        match lines.iter_mut().find(|known| known.line == number) {
            // Both fit into the line that was sold, so their sum fits too.
            Some(known) => {
                known.quantity = known.quantity.checked_add(back.quantity).unwrap_or(known.quantity)
            }
            None => lines.push(back),
        }
    }
    let mut orders = Vec::with_capacity(sold.len());
    for (order, lines) in sold {
        let command = OrderCommand::ReturnLines { return_id, lines };
        if decision.decide::<Order>(&order.stream(), command)?.is_ok() {
            orders.push(order);
        }
    }
    Ok(orders)
}

fn adjust(
    decision: &mut Decision<'_>,
    invoice: &Planned,
    products: &Products,
    warehouse: WarehouseId,
) -> Ruling<()> {
    for line in &invoice.lines {
        let described = line.description.as_deref().and_then(|text| Reason::parse(text).ok());
        let Some(reason) = described.or_else(|| Reason::parse("unspecified").ok()) else {
            continue;
        };
        let command = StockCommand::Adjust { warehouse, delta: line.delta(), reason, lot: None };
        judge::<Stock>(decision, &product_of(products, &line.sku)?.stream(), command)?;
    }
    Ok(())
}
