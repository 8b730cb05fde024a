//! The decision of a placement: lines are resolved, stock is reserved per product, what was reserved is dealt out to
//! the lines, and all faults are told at once.

use std::collections::HashMap;

use domain::{
    catalog::{Product, ProductError, ProductKind},
    ids::{HoldId, OrderId, ProductId, WarehouseId},
    inventory::{Allocation, Stock, StockCommand, StockError, StockEvent, deal},
    money::{Currency, Money, UnitPrice},
    orders::{
        AppliedDiscount, Order, OrderCommand, OrderError, PaymentMethod, PlaceLine, PlaceOrder, VendorTerms,
    },
    pricing::LineRate,
    quantity::Quantity,
    refusal::{Fault, Refusal},
    text::{Sku, Zone},
};
use event_store::{ClaimOutcome, Decision};

use super::{
    EXTERNAL_ID_TAKEN, Faults, HOLD_MISMATCH, INVOICE_SERIES, LineProduct, NOT_SOLD_IN_ZONE, NewLine,
    NewOrder, ORDER_EXTERNAL_ID_SCOPE, OrderAccepted, QUANTITY_OUT_OF_RANGE, document::issue,
    faults::quantity_of, scope::accepted, terms, traces::Traces,
};
use crate::{
    Caller, Refused,
    catalog::{SKU_SCOPE, product_of},
    customers::Delivery,
    execute::{Ruling, judge, judge_as, refuse},
    inventory::{HOLD_SCOPE, Held, consumed},
    pricing::{Buying, Hints, discounts, has_taxes, price_source, tax_on},
};

/// Decides the whole placement.
pub(super) fn decide(
    decision: &mut Decision<'_>,
    hints: &Hints,
    caller: &Caller,
    order: OrderId,
    new: &NewOrder,
    (delivery, traces): (Option<&Delivery>, &Traces),
) -> Ruling<OrderAccepted> {
    let id = order.stream();
    if let Some(delivery) = delivery {
        delivery.check(decision)?;
    }
    if let Some(external_id) = &new.external_id
        && let ClaimOutcome::Taken(_) = decision.claim(ORDER_EXTERNAL_ID_SCOPE, external_id.as_str(), &id)?
    {
        return refuse(EXTERNAL_ID_TAKEN.refusal_at("/external_id"));
    }
    let mut place = agree(decision, hints, Some(caller), order, new, &HashMap::new())?;
    place.delivery_address = delivery.map(|delivery| delivery.sealed.clone());
    place.device.clone_from(&traces.device);
    match traces.event {
        Some(event) => drop(judge_as::<Order>(decision, &id, event, OrderCommand::Place(place))?),
        None => drop(judge::<Order>(decision, &id, OrderCommand::Place(place))?),
    }
    if new.payment_method == PaymentMethod::Cash {
        let invoice_number = issue(decision, INVOICE_SERIES, order.to_string())?;
        judge::<Order>(decision, &id, OrderCommand::Confirm { invoice_number })?;
    }
    accepted(decision, order)
}

/// All that is bought: prices are found (`kept` ones before any others), stock is reserved, and discounts are taken.
/// Holds are whose `caller` says; without one there are none.
pub(super) fn agree(
    decision: &mut Decision<'_>,
    hints: &Hints,
    caller: Option<&Caller>,
    order: OrderId,
    new: &NewOrder,
    kept: &HashMap<ProductId, UnitPrice>,
) -> Ruling<PlaceOrder> {
    let mut faults = Faults::default();
    let mut resolved = resolve(decision, hints, new, &mut faults)?;
    for line in &mut resolved {
        line.unit_price = kept.get(&line.product).copied().unwrap_or(line.unit_price);
    }
    let vendors = resolved.iter().map(|line| (line.index, line.company, line.unit_price.currency()));
    let terms = terms::of_vendors(decision, new, vendors, &mut faults)?;
    let mut wants = wants(&resolved, &mut faults);
    for want in &mut wants {
        let may_reserve = match caller {
            Some(caller) => check_hold(decision, caller, want, &mut faults)?,
            None => true,
        };
        if may_reserve {
            reserve(decision, order, &new.preferred, want, &mut faults)?;
        }
    }
    if let Some(refused) = faults.refusal() {
        return refuse(refused);
    }
    let Some(currency) = resolved.first().map(|line| line.unit_price.currency()) else {
        return refuse(Refused::of(&OrderError::NoLines));
    };
    let lines = fill(resolved, &wants);
    let buying = Buying {
        order,
        customer: new.customer,
        zone: new.zone.as_ref(),
        coupons: &new.coupons,
        promotions: &new.promotions,
    };
    let discounts = discounts(decision, hints, &buying, currency, &lines)?;
    Ok(order_of(hints, new, currency, lines, discounts, terms))
}

/// Delivery fees of the marketplace are none of these contexts' yet; the order carries them all the same.
pub(super) fn order_of(
    hints: &Hints,
    new: &NewOrder,
    currency: Currency,
    lines: Vec<PlaceLine>,
    discounts: Vec<AppliedDiscount>,
    terms: Vec<VendorTerms>,
) -> PlaceOrder {
    PlaceOrder {
        customer: new.customer,
        external_id: new.external_id.clone(),
        country: new.country.clone(),
        zone: new.zone.clone(),
        delivery_address: None,
        device: None,
        fulfilment: new.fulfilment,
        payment_method: new.payment_method,
        currency,
        lines,
        discounts,
        discount: Money::zero(currency),
        delivery: Money::zero(currency),
        tax: Money::zero(currency),
        cash_step: match new.payment_method {
            PaymentMethod::Cash => hints.cash_step(currency),
            PaymentMethod::Invoice => None,
        },
        terms,
    }
}

/// A line whose product is known and on sale.
pub(super) struct Resolved {
    pub(super) index: usize,
    product: ProductId,
    sku: Sku,
    kind: ProductKind,
    quantity: Quantity,
    pub(super) unit_price: UnitPrice,
    tax: Option<LineRate>,
    pub(super) company: Option<domain::ids::CompanyId>,
    hold: Option<HoldId>,
}

pub(super) fn resolve(
    decision: &mut Decision<'_>,
    hints: &Hints,
    new: &NewOrder,
    faults: &mut Faults,
) -> Ruling<Vec<Resolved>> {
    let products = named(decision, new)?;
    let mut has_wholesale = false;
    for product in products.iter().flatten() {
        let listing = decision.state::<Product>(&product.stream())?.listing();
        has_wholesale |= listing.is_some_and(|listing| listing.prices.wholesale.is_some());
    }
    let source = price_source(decision, hints, new.customer, has_wholesale)?;
    let is_taxed = has_taxes(decision)?;
    let mut resolved = Vec::with_capacity(new.lines.len());
    for (index, (line, product)) in new.lines.iter().zip(products).enumerate() {
        let Some(product) = product else {
            faults.product(index, &ProductError::NotFound);
            continue;
        };
        let state = decision.state::<Product>(&product.stream())?;
        if let Some(listing) = faults.on_sale(index, line.quantity, state) {
            if new.zone.as_ref().is_some_and(|zone| !listing.presentation.is_sold_in(zone)) {
                faults.push(NOT_SOLD_IN_ZONE.kind, NOT_SOLD_IN_ZONE.at(format!("/lines/{index}/product")));
            }
            resolved.push(Resolved {
                index,
                product,
                sku: listing.sku.clone(),
                kind: listing.kind,
                quantity: line.quantity,
                unit_price: source.price(product, &listing.prices, line.quantity),
                tax: None,
                company: listing.company,
                hold: line.hold,
            });
        }
    }
    if is_taxed {
        tax(decision, new.zone.as_ref(), &mut resolved)?;
    }
    Ok(resolved)
}

fn tax(decision: &mut Decision<'_>, zone: Option<&Zone>, lines: &mut [Resolved]) -> Ruling<()> {
    for line in lines {
        let listing = decision.state::<Product>(&line.product.stream())?.listing();
        let categories = listing.map(|listing| listing.details.categories.clone()).unwrap_or_default();
        line.tax = tax_on(decision, zone, &categories)?;
    }
    Ok(())
}

/// The products of the lines, where the SKUs are anybody's.
fn named(decision: &mut Decision<'_>, new: &NewOrder) -> Ruling<Vec<Option<ProductId>>> {
    let mut products = Vec::with_capacity(new.lines.len());
    for line in &new.lines {
        products.push(match &line.product {
            LineProduct::Id(id) => Some(*id),
            LineProduct::Sku(sku) => {
                decision.holder(SKU_SCOPE, sku.as_str())?.and_then(|holder| product_of(&holder))
            }
        });
    }
    Ok(products)
}

/// What all lines of one product want together.
pub(super) struct Want {
    pub(super) product: ProductId,
    pub(super) lines: Vec<usize>,
    quantities: Vec<Quantity>,
    pub(super) total: Quantity,
    hold: Option<HoldId>,
    pub(super) reserved: Vec<Allocation>,
}

pub(super) fn wants(resolved: &[Resolved], faults: &mut Faults) -> Vec<Want> {
    let mut wants: Vec<Want> = Vec::new();
    let mut places = HashMap::new();
    for line in resolved.iter().filter(|line| line.kind == ProductKind::Goods) {
        let place = *places.entry(line.product).or_insert(wants.len());
        let Some(want) = wants.get_mut(place) else {
            wants.push(Want {
                product: line.product,
                lines: vec![line.index],
                quantities: vec![line.quantity],
                total: line.quantity,
                hold: line.hold,
                reserved: Vec::new(),
            });
            continue;
        };
        match want.total.checked_add(line.quantity) {
            Some(total) => want.total = total,
            None => {
                faults.push(QUANTITY_OUT_OF_RANGE.kind, QUANTITY_OUT_OF_RANGE.at(quantity_of(line.index)))
            }
        }
        if line.hold.is_some() && want.hold.is_some() && line.hold != want.hold {
            faults.push(HOLD_MISMATCH.kind, HOLD_MISMATCH.at(format!("/lines/{}/hold", line.index)));
        }
        want.hold = want.hold.or(line.hold);
        want.lines.push(line.index);
        want.quantities.push(line.quantity);
    }
    wants
}

/// A hold must be the caller's and of this product; placing consumes it, so its claim is given up. Answers whether
/// the want can be reserved: with a wrong hold the numbers would tell a wrong story.
fn check_hold(
    decision: &mut Decision<'_>,
    caller: &Caller,
    want: &Want,
    faults: &mut Faults,
) -> Ruling<bool> {
    let Some(hold) = want.hold else {
        return Ok(true);
    };
    let key = hold.stream();
    let held = decision.holder(HOLD_SCOPE, &key)?.and_then(|holder| Held::parse(&holder));
    match held.filter(|held| held.is_of(caller)) {
        Some(held) if held.product == want.product => {
            decision.release_claim(HOLD_SCOPE, &key);
            consumed(decision, &held);
            return Ok(true);
        }
        Some(_) => faults.each(want, HOLD_MISMATCH.kind, "hold", &HOLD_MISMATCH.at("")),
        None => {
            let refusal = StockError::HoldNotFound;
            faults.each(want, refusal.kind(), "hold", &Fault::at("", &refusal));
        }
    }
    Ok(false)
}

fn reserve(
    decision: &mut Decision<'_>,
    order: OrderId,
    preferred: &[WarehouseId],
    want: &mut Want,
    faults: &mut Faults,
) -> Ruling<()> {
    let command = StockCommand::Reserve {
        order,
        quantity: want.total,
        preferred: preferred.to_vec(),
        hold: want.hold,
        now: decision.now(),
    };
    match decision.decide::<Stock>(&want.product.stream(), command)? {
        Ok(events) => {
            for event in events {
                if let StockEvent::StockReserved { allocations, .. } = event {
                    want.reserved = allocations;
                }
            }
        }
        Err(refusal) => faults.short(want, &refusal),
    }
    Ok(())
}

/// Deals what was reserved for a product out to its lines, in their order.
pub(super) fn fill(resolved: Vec<Resolved>, wants: &[Want]) -> Vec<PlaceLine> {
    let mut dealt = HashMap::new();
    for want in wants {
        let shares = deal(&want.reserved, &want.quantities);
        dealt.extend(want.lines.iter().copied().zip(shares));
    }
    resolved
        .into_iter()
        .map(|line| PlaceLine {
            product: line.product,
            sku: line.sku,
            quantity: line.quantity,
            unit_price: line.unit_price,
            tax: line.tax,
            company: line.company,
            allocations: dealt.remove(&line.index).unwrap_or_default(),
        })
        .collect()
}

impl NewLine {
    /// A line without a hold.
    #[must_use]
    pub const fn new(product: LineProduct, quantity: Quantity) -> Self {
        Self { product, quantity, hold: None }
    }
}
