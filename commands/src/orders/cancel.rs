//! Calling an order off: everything that it still has reserved is available again, and what it held of the limits of
//! promotions and coupons is free again, in the same unit.

use domain::{
    ids::OrderId,
    inventory::{ReleaseCause, Stock, StockCommand},
    orders::{Order, OrderCommand},
    pricing::Redemptions,
    text::Reason,
};
use event_store::{AsOf, Decision, Executed, StreamRef, Unit};

use super::{
    OrderAccepted, Orders,
    scope::{accepted, order_in_reach},
};
use crate::{
    Call, CommandError, UseCase,
    execute::{Ruling, check_version, execute, judge},
    pricing::{give_back, holds_of},
};

impl Orders {
    /// Cancels an order before any of it has shipped. Cancelling a cancelled order changes nothing.
    ///
    /// # Errors
    /// `orders.order_not_found` (also for somebody else's), `orders.already_shipped`, `PreconditionFailed`.
    pub async fn cancel(
        &self,
        call: &Call,
        order: OrderId,
        reason: Reason,
        expected_version: Option<i64>,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        call.require(UseCase::CancelOrder)?;
        let id = order.stream();
        let unit = self.names_what_it_holds(call.unit(), &id).await?;
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            order_in_reach(decision, &caller, &id)?;
            check_version::<Order>(decision, &id, expected_version)?;
            call_off(decision, order, reason.clone())?;
            accepted(decision, order)
        })
        .await
    }

    /// Names an order, and all that it holds.
    pub(super) async fn names_what_it_holds(&self, unit: Unit, id: &str) -> Result<Unit, CommandError> {
        let mut unit = unit.reads(StreamRef::of::<Order>(id));
        // Hints only: the decision reads the order itself.
        let placed = self.log.reader().load::<Order>(id, AsOf::Now).await?.state;
        for (product, _) in placed.allocations() {
            unit = unit.reads(StreamRef::of::<Stock>(product.stream()));
        }
        for (subject, held) in holds_of(placed.discounts()) {
            if held.counted {
                unit = unit.reads(StreamRef::of::<Redemptions>(subject.stream()));
            }
        }
        Ok(unit)
    }
}

/// Cancels, and gives back what it had; nothing where it is cancelled already.
pub(super) fn call_off(decision: &mut Decision<'_>, order: OrderId, reason: Reason) -> Ruling<()> {
    let id = order.stream();
    let state = decision.state::<Order>(&id)?;
    let (allocations, customer) = (state.allocations(), state.customer());
    let discounts = state.discounts().to_vec();
    if judge::<Order>(decision, &id, OrderCommand::Cancel { reason })?.is_empty() {
        return Ok(());
    }
    for (product, _) in allocations {
        let release = StockCommand::Release { order, allocations: None, cause: ReleaseCause::Cancelled };
        judge::<Stock>(decision, &product.stream(), release)?;
    }
    give_back(decision, order, customer, &discounts)
}
