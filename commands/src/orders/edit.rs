//! Editing an order before any of it ships: what it had is given back, and what it shall have is decided like a new
//! placement, in the same unit. Nobody else can take the stock in between, and a refusal leaves all as it was.

use std::collections::HashMap;

use domain::{
    ids::{OrderId, ProductId, WarehouseId},
    inventory::{ReleaseCause, Stock, StockCommand},
    money::UnitPrice,
    orders::{Order, OrderCommand, OrderState},
    pricing::CouponCode,
    text::Reason,
};
use event_store::{AsOf, Decision, Executed};

use super::{
    INVOICE_SERIES, LineProduct, NewLine, NewOrder, OrderAccepted, Orders,
    document::{issue, reads_series},
    place::check_size,
    placing::agree,
    scope::{accepted, order_in_reach},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
    pricing::{Hints, give_back},
};

/// What an order shall be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEdit {
    /// All its lines; a product that it had already keeps its price.
    pub lines: Vec<(LineProduct, domain::quantity::Quantity)>,
    /// Its coupons; those that it had, where they are absent.
    pub coupons: Option<Vec<CouponCode>>,
    /// Warehouses in order of preference.
    pub preferred: Vec<WarehouseId>,
    /// Why.
    pub reason: Reason,
}

impl Orders {
    /// Replaces the lines of an order before any of it has shipped. Promotions and coupons, taxes and delivery fees are
    /// worked out anew; the invoice of a confirmed order is void, and it gets the next one.
    ///
    /// # Errors
    /// `orders.order_not_found` (also for one out of reach), `orders.already_shipped`, `orders.cancelled`,
    /// `PreconditionFailed`, and as [`Self::place`].
    pub async fn edit(
        &self,
        call: &Call,
        order: OrderId,
        edit: OrderEdit,
        expected_version: Option<i64>,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        call.require(UseCase::EditOrder)?;
        check_size(edit.lines.len(), edit.coupons.as_ref().map_or(0, Vec::len))?;
        let id = order.stream();
        let known = self.log.reader().load::<Order>(&id, AsOf::Now).await?.state;
        let unit = self.names_what_it_holds(call.unit(), &id).await?;
        let unit = self.names_streams(reads_series(unit, INVOICE_SERIES), &wanted(&known, &edit)).await?;
        let (caller, hints) = (call.caller.clone(), self.hints.clone());
        execute(&self.log, call, unit, move |decision| {
            let state = order_in_reach(decision, &caller, &id)?.clone();
            check_version::<Order>(decision, &id, expected_version)?;
            if is_same(&state, &edit) {
                return accepted(decision, order);
            }
            if let Err(refusal) = state.check_editable() {
                return refuse(Refused::of(&refusal));
            }
            decide(decision, &hints, (order, &state), &edit)?;
            accepted(decision, order)
        })
        .await
    }
}

fn decide(
    decision: &mut Decision<'_>,
    hints: &Hints,
    (order, state): (OrderId, &OrderState),
    edit: &OrderEdit,
) -> Ruling<()> {
    let id = order.stream();
    for (product, _) in state.allocations() {
        let release = StockCommand::Release { order, allocations: None, cause: ReleaseCause::Edited };
        judge::<Stock>(decision, &product.stream(), release)?;
    }
    give_back(decision, order, state.customer(), state.discounts())?;
    let mut kept: HashMap<ProductId, UnitPrice> = HashMap::new();
    for line in state.lines() {
        kept.entry(line.product).or_insert(line.unit_price);
    }
    let new = wanted(state, edit);
    let place = agree(decision, hints, None, order, &new, &kept)?;
    let command = OrderCommand::Edit { order: Box::new(place), reason: edit.reason.clone() };
    judge::<Order>(decision, &id, command)?;
    if state.invoice_number().is_some() {
        let invoice_number = issue(decision, INVOICE_SERIES, order.to_string())?;
        judge::<Order>(decision, &id, OrderCommand::Confirm { invoice_number })?;
    }
    Ok(())
}

/// The order as if it were placed now; what an edit does not name stays.
fn wanted(state: &OrderState, edit: &OrderEdit) -> NewOrder {
    let had = || state.discounts().iter().filter_map(|discount| discount.coupon.clone()).collect();
    NewOrder {
        customer: state.customer(),
        external_id: None,
        country: state.country().cloned(),
        zone: state.zone().cloned(),
        address: None,
        fulfilment: state.fulfilment().unwrap_or(domain::orders::Fulfilment::Delivery),
        payment_method: state.payment_method().unwrap_or(domain::orders::PaymentMethod::Invoice),
        lines: edit.lines.iter().map(|(product, units)| NewLine::new(product.clone(), *units)).collect(),
        preferred: edit.preferred.clone(),
        coupons: edit.coupons.clone().unwrap_or_else(had),
        promotions: Vec::new(),
    }
}

/// An edit that asks for what is there already changes nothing, and voids no invoice.
fn is_same(state: &OrderState, edit: &OrderEdit) -> bool {
    let is_line = |(line, (product, units)): (&domain::orders::OrderLine, &(LineProduct, _))| {
        line.quantity == *units
            && match product {
                LineProduct::Id(id) => line.product == *id,
                LineProduct::Sku(sku) => line.sku == *sku,
            }
    };
    edit.coupons.is_none()
        && edit.preferred.is_empty()
        && state.lines().len() == edit.lines.len()
        && state.lines().iter().zip(&edit.lines).all(is_line)
}
