//! Calling an order off: everything that it still has reserved is available again, and what it held of the limits of
//! promotions and coupons is free again, in the same unit.

use domain::{
    ids::OrderId,
    inventory::{ReleaseCause, Stock, StockCommand},
    orders::{Order, OrderCommand},
    pricing::Redemptions,
    text::Reason,
};
use event_store::{AsOf, Executed, StreamRef};

use super::{
    OrderAccepted, Orders,
    scope::{accepted, order_in_reach},
};
use crate::{
    Call, CommandError, UseCase,
    execute::{check_version, execute, judge},
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
        let mut unit = call.unit().reads(StreamRef::of::<Order>(id.as_str()));
        // Hints only: what an order has agreed on never changes.
        let placed = self.log.reader().load::<Order>(&id, AsOf::Now).await?.state;
        for (product, _) in placed.allocations() {
            unit = unit.reads(StreamRef::of::<Stock>(product.stream()));
        }
        for (subject, held) in holds_of(placed.discounts()) {
            if held.counted {
                unit = unit.reads(StreamRef::of::<Redemptions>(subject.stream()));
            }
        }
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            let state = order_in_reach(decision, &caller, &id)?;
            let (allocations, customer) = (state.allocations(), state.customer());
            let discounts = state.discounts().to_vec();
            check_version::<Order>(decision, &id, expected_version)?;
            let events = judge::<Order>(decision, &id, OrderCommand::Cancel { reason: reason.clone() })?;
            if !events.is_empty() {
                for (product, _) in allocations {
                    let release =
                        StockCommand::Release { order, allocations: None, cause: ReleaseCause::Cancelled };
                    judge::<Stock>(decision, &product.stream(), release)?;
                }
                give_back(decision, order, customer, &discounts)?;
            }
            accepted(decision, order)
        })
        .await
    }
}
