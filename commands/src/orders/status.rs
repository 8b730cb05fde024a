//! Along the workflow: confirmed, processing, shipped, delivered.

use domain::{
    ids::{OrderId, ProductId},
    inventory::{Allocation, Stock, StockCommand},
    orders::{Order, OrderCommand, OrderError, OrderEvent, OrderStatus},
};
use event_store::{AsOf, Decision, Executed, StreamRef};

use super::{
    INVOICE_SERIES, OrderAccepted, Orders, STATUS_NOT_REACHABLE,
    document::{issue, reads_series},
    scope::{accepted, order_in_reach},
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// A step of an order, or of one part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeStatus {
    /// Where to: confirmed, processing, shipped or delivered.
    pub to: OrderStatus,
    /// Which part; every part that waits (a vendor's: every one of its company) where it is absent.
    pub part: Option<u16>,
    /// Only if nothing has changed since this version.
    pub expected_version: Option<i64>,
}

impl Orders {
    /// Makes an order binding and numbers its invoice. Confirming a confirmed order changes nothing.
    ///
    /// # Errors
    /// `orders.order_not_found` (also for an order out of the caller's reach), and the order's own rules.
    pub async fn confirm(
        &self,
        call: &Call,
        order: OrderId,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        let step = ChangeStatus {
            to: OrderStatus::Confirmed,
            part: None,
            expected_version: None,
        };
        self.change_status(call, order, step).await
    }

    /// Moves an order, or a part of it, one step on. Shipping deducts the stock of what is shipped in the same unit.
    ///
    /// # Errors
    /// `orders.status_not_reachable` for pending and cancelled, `PreconditionFailed`, `orders.order_not_found`,
    /// `orders.unknown_part`, `orders.screening_pending`, and the order's own rules.
    pub async fn change_status(
        &self,
        call: &Call,
        order: OrderId,
        step: ChangeStatus,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        match step.to {
            OrderStatus::Confirmed => call.require(UseCase::ConfirmOrder)?,
            OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered => {
                call.require(UseCase::FulfilOrder)?;
            }
            OrderStatus::Pending | OrderStatus::Cancelled => {
                return Err(STATUS_NOT_REACHABLE.refusal_at("/status").into());
            }
        }
        let id = order.stream();
        if step.to <= OrderStatus::Processing {
            self.screened(&id).await?;
        }
        let mut unit = call.unit().reads(StreamRef::of::<Order>(id.as_str()));
        if step.to == OrderStatus::Confirmed {
            unit = reads_series(unit, INVOICE_SERIES);
        }
        if step.to == OrderStatus::Shipped {
            for product in self.products_of(&id).await? {
                unit = unit.reads(StreamRef::of::<Stock>(product.stream()));
            }
        }
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| advance(decision, &caller, order, step)).await
    }

    /// The counted products of an order: hints for naming streams. An order's lines never change.
    pub(super) async fn products_of(&self, order: &str) -> Result<Vec<ProductId>, CommandError> {
        let loaded = self.log.reader().load::<Order>(order, AsOf::Now).await?;
        Ok(loaded.state.allocations().into_iter().map(|(product, _)| product).collect())
    }
}

fn advance(
    decision: &mut Decision<'_>,
    caller: &Caller,
    order: OrderId,
    step: ChangeStatus,
) -> Ruling<OrderAccepted> {
    let id = order.stream();
    let state = order_in_reach(decision, caller, &id)?;
    let parts = match (step.part, caller.confined_to()) {
        (part, None) => vec![part],
        (None, Some(_)) => waiting_parts(caller, state, step.to),
        (Some(part), Some(_)) => {
            let foreign =
                |known: &&domain::orders::Part| known.number == part && !caller.is_foreign(known.company);
            if state.parts().iter().find(foreign).is_none() {
                return refuse(Refused::of(&OrderError::UnknownPart { part }));
            }
            vec![Some(part)]
        }
    };
    let confirmed = state.invoice_number();
    check_version::<Order>(decision, &id, step.expected_version)?;
    if step.to == OrderStatus::Confirmed {
        let invoice_number = match confirmed {
            Some(number) => number,
            None => issue(decision, INVOICE_SERIES, order.to_string())?,
        };
        judge::<Order>(decision, &id, OrderCommand::Confirm { invoice_number })?;
    }
    for part in parts {
        match step.to {
            OrderStatus::Processing => drop(judge::<Order>(decision, &id, OrderCommand::Process { part })?),
            OrderStatus::Shipped => ship(decision, order, part)?,
            OrderStatus::Delivered => drop(judge::<Order>(decision, &id, OrderCommand::Deliver { part })?),
            OrderStatus::Confirmed | OrderStatus::Pending | OrderStatus::Cancelled => {}
        }
    }
    accepted(decision, order)
}

/// The vendor's parts, those that already stand where they should left out; all of them when none waits, so that the
/// order itself says why not.
fn waiting_parts(caller: &Caller, state: &domain::orders::OrderState, to: OrderStatus) -> Vec<Option<u16>> {
    let own = || state.parts().iter().filter(|part| !caller.is_foreign(part.company));
    let waiting: Vec<Option<u16>> = own()
        .filter(|part| state.part_status(part.number).is_some_and(|status| status < to))
        .map(|part| Some(part.number))
        .collect();
    if waiting.is_empty() {
        return own().map(|part| Some(part.number)).collect();
    }
    waiting
}

/// Ships, and deducts what is shipped, product by product.
pub(crate) fn ship(decision: &mut Decision<'_>, order: OrderId, part: Option<u16>) -> Ruling<()> {
    let id = order.stream();
    let events = judge::<Order>(decision, &id, OrderCommand::Ship { part })?;
    let state = decision.state::<Order>(&id)?;
    let mut leaving: Vec<(ProductId, Vec<Allocation>)> = Vec::new();
    for event in &events {
        if let OrderEvent::PartShipped { part } = event {
            for (product, allocations) in state.allocations_of_part(*part) {
                match leaving.iter_mut().find(|(known, _)| *known == product) {
                    Some((_, known)) => allocations.into_iter().for_each(|units| units.add_to(known)),
                    None => leaving.push((product, allocations)),
                }
            }
        }
    }
    for (product, allocations) in leaving {
        let now = decision.now();
        judge::<Stock>(decision, &product.stream(), StockCommand::Deduct { order, allocations, now })?;
    }
    Ok(())
}
