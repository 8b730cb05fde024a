//! Reviewing a flagged order: it is cleared and goes on, or it is fraud and is cancelled in the same unit.

use domain::{
    ids::OrderId,
    orders::{Order, OrderCommand},
    text::Reason,
};
use event_store::Executed;

use crate::{
    Call, CommandError, UseCase,
    execute::{check_version, execute, judge},
    orders::{
        OrderAccepted, Orders,
        cancel::call_off,
        scope::{accepted, order_in_reach},
    },
};

/// What a reviewer says of a flagged order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagReview {
    /// It is fraud; otherwise it is cleared.
    pub is_fraud: bool,
    /// What was found.
    pub note: Option<Reason>,
}

/// What the cancellation of a fraud says, where its reviewer says nothing: customers read it.
const REASON: &str = "cancelled after a review";

impl Orders {
    /// Clears a flagged order, or confirms that it is fraud and cancels it. The same review again changes nothing.
    ///
    /// # Errors
    /// `orders.order_not_found` (also for one out of reach), `orders.not_flagged`, `orders.already_reviewed`,
    /// `PreconditionFailed`.
    pub async fn review_flag(
        &self,
        call: &Call,
        order: OrderId,
        review: FlagReview,
        expected_version: Option<i64>,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        call.require(UseCase::ReviewFraudFlag)?;
        let id = order.stream();
        let unit = self.names_what_it_holds(call.unit(), &id).await?;
        let caller = call.caller.clone();
        let reason = Reason::parse(REASON).map_err(|error| CommandError::Fault(error.to_string()))?;
        execute(&self.log, call, unit, move |decision| {
            order_in_reach(decision, &caller, &id)?;
            check_version::<Order>(decision, &id, expected_version)?;
            let note = review.note.clone();
            if !review.is_fraud {
                judge::<Order>(decision, &id, OrderCommand::ClearFlag { note })?;
                return accepted(decision, order);
            }
            let events = judge::<Order>(decision, &id, OrderCommand::ConfirmFraud { note })?;
            if !events.is_empty() {
                call_off(decision, order, reason.clone())?;
            }
            accepted(decision, order)
        })
        .await
    }
}
