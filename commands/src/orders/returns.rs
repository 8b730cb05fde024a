//! Returns: asked for, allowed, received (the units are on hand again), refunded (the credit is numbered); or refused.

use domain::{
    catalog::Product,
    ids::{OrderId, ProductId, ReturnId, WarehouseId},
    inventory::{Stock, StockCommand},
    orders::{
        Order, OrderCommand, RequestReturn, Return, ReturnCommand, ReturnError, ReturnState, ReturnedLine,
    },
    quantity::Quantity,
    text::Reason,
};
use event_store::{AsOf, Decision, Declined, Executed, StreamRef, Unit, ids};

use super::{
    CREDIT_SERIES, Orders, ReturnAccepted,
    document::{issue, reads_series},
    scope::{check_return_in_reach, order_in_reach},
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    catalog::is_goods,
    error::No,
    execute::{Ruling, check_version, execute, judge, refuse},
    inventory::{check_open, reads_warehouse},
};

/// Units to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReturn {
    /// Which lines of the order, and how many units of each.
    pub lines: Vec<ReturnedLine>,
    /// Why.
    pub reason: Reason,
}

impl Orders {
    /// Asks to give delivered units back. What will be paid back is fixed now, from the order's frozen amounts.
    ///
    /// # Errors
    /// `orders.order_not_found` (also for somebody else's), `orders.not_delivered`, `orders.return_exceeds_sold`, …
    pub async fn request_return(
        &self,
        call: &Call,
        order: OrderId,
        new: NewReturn,
    ) -> Result<Executed<ReturnAccepted>, CommandError> {
        call.require(UseCase::RequestReturn)?;
        let return_id = ReturnId::from_uuid(ids::uuid());
        let caller = call.caller.clone();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Order>(order.stream()))
            .reads(StreamRef::new_of::<Return>(return_id.stream()));
        execute(&self.log, call, unit, move |decision| {
            let id = order.stream();
            let state = order_in_reach(decision, &caller, &id)?;
            let lines = state
                .credit_for(order, &new.lines)
                .map_err(|refusal| Declined::Refused(No::Refused(Refused::of(&refusal))))?;
            let Some(currency) = state.currency() else {
                return refuse(Refused::of(&domain::orders::OrderError::NotFound));
            };
            let request = RequestReturn {
                order: Some(order),
                customer: state.customer(),
                external_id: None,
                country: state.country().cloned(),
                currency,
                lines,
                reason: new.reason.clone(),
            };
            judge::<Return>(decision, &return_id.stream(), ReturnCommand::Request(request))?;
            let command = OrderCommand::ReturnLines { return_id, lines: new.lines.clone() };
            judge::<Order>(decision, &id, command)?;
            accepted(decision, return_id)
        })
        .await
    }

    /// Allows a return.
    ///
    /// # Errors
    /// `orders.return_not_found` (also for one out of reach), `PreconditionFailed`, and the return's own rules.
    pub async fn approve_return(
        &self,
        call: &Call,
        return_id: ReturnId,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReturnAccepted>, CommandError> {
        let unit = self.starts(call, return_id).await?;
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            in_reach(decision, &caller, return_id, expected_version)?;
            judge::<Return>(decision, &return_id.stream(), ReturnCommand::Approve)?;
            accepted(decision, return_id)
        })
        .await
    }

    /// Books the arrival of a return: its goods are on hand again in `warehouse`.
    ///
    /// # Errors
    /// As [`Self::approve_return`], and a closed or unknown warehouse.
    pub async fn receive_return(
        &self,
        call: &Call,
        return_id: ReturnId,
        warehouse: WarehouseId,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReturnAccepted>, CommandError> {
        let mut unit = reads_warehouse(self.starts(call, return_id).await?, warehouse);
        let loaded = self.log.reader().load::<Return>(&return_id.stream(), AsOf::Now).await?;
        for (product, _) in units_per_product(&loaded.state) {
            let id = product.stream();
            unit = unit.reads(StreamRef::of::<Product>(id.as_str())).reads(StreamRef::of::<Stock>(id));
        }
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            let state = in_reach(decision, &caller, return_id, expected_version)?;
            if let Err(refused) = check_open(decision, &caller, warehouse)? {
                return refuse(refused);
            }
            receive(decision, return_id, &state, warehouse)?;
            accepted(decision, return_id)
        })
        .await
    }

    /// Pays a received return back and numbers its credit. Refunding a refunded return changes nothing.
    ///
    /// # Errors
    /// As [`Self::approve_return`].
    pub async fn refund_return(
        &self,
        call: &Call,
        return_id: ReturnId,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReturnAccepted>, CommandError> {
        let unit = reads_series(self.starts(call, return_id).await?, CREDIT_SERIES);
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            let state = in_reach(decision, &caller, return_id, expected_version)?;
            if !matches!(state, ReturnState::Credited { .. }) {
                credit(decision, return_id)?;
            }
            accepted(decision, return_id)
        })
        .await
    }

    /// Refuses a return before it is received; its units may be asked for again.
    ///
    /// # Errors
    /// As [`Self::approve_return`].
    pub async fn reject_return(
        &self,
        call: &Call,
        return_id: ReturnId,
        reason: Reason,
        expected_version: Option<i64>,
    ) -> Result<Executed<ReturnAccepted>, CommandError> {
        let unit = self.starts(call, return_id).await?;
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            let state = in_reach(decision, &caller, return_id, expected_version)?;
            let reject = ReturnCommand::Reject { reason: reason.clone() };
            judge::<Return>(decision, &return_id.stream(), reject)?;
            if let Some(order) = state.order() {
                judge::<Order>(decision, &order.stream(), OrderCommand::WithdrawReturn { return_id })?;
            }
            accepted(decision, return_id)
        })
        .await
    }

    /// Checks the permission and names the return and its order.
    async fn starts(&self, call: &Call, return_id: ReturnId) -> Result<Unit, CommandError> {
        call.require(UseCase::MoveReturn)?;
        let id = return_id.stream();
        let loaded = self.log.reader().load::<Return>(&id, AsOf::Now).await?;
        let unit = call.unit().reads(StreamRef::of::<Return>(id));
        Ok(match loaded.state.order() {
            Some(order) => unit.reads(StreamRef::of::<Order>(order.stream())),
            None => unit,
        })
    }
}

fn in_reach(
    decision: &mut Decision<'_>,
    caller: &Caller,
    return_id: ReturnId,
    expected_version: Option<i64>,
) -> Ruling<ReturnState> {
    let id = return_id.stream();
    let state = decision.state::<Return>(&id)?.clone();
    check_return_in_reach(decision, caller, &state)?;
    check_version::<Return>(decision, &id, expected_version)?;
    Ok(state)
}

/// Puts a return's goods on hand, product by product; services come back without a place to go.
pub(crate) fn receive(
    decision: &mut Decision<'_>,
    return_id: ReturnId,
    state: &ReturnState,
    warehouse: WarehouseId,
) -> Ruling<()> {
    let events = judge::<Return>(decision, &return_id.stream(), ReturnCommand::Receive { warehouse })?;
    if events.is_empty() {
        return Ok(());
    }
    for (product, quantity) in units_per_product(state) {
        if is_goods(decision.state::<Product>(&product.stream())?) {
            let back = StockCommand::Return { return_id, warehouse, quantity };
            judge::<Stock>(decision, &product.stream(), back)?;
        }
    }
    Ok(())
}

/// Numbers and issues the credit.
pub(crate) fn credit(decision: &mut Decision<'_>, return_id: ReturnId) -> Ruling<()> {
    let credit_number = issue(decision, CREDIT_SERIES, return_id.to_string())?;
    judge::<Return>(decision, &return_id.stream(), ReturnCommand::Credit { credit_number }).map(drop)
}

/// What comes back of each product, in order of first appearance.
pub(crate) fn units_per_product(state: &ReturnState) -> Vec<(ProductId, Quantity)> {
    let mut units: Vec<(ProductId, Quantity)> = Vec::new();
    for line in state.lines() {
        match units.iter_mut().find(|(product, _)| *product == line.product) {
            // A sum that does not fit stays an entry of its own, which the stock then refuses as booked already.
            Some((_, known)) if known.checked_add(line.quantity).is_some() => {
                *known = known.checked_add(line.quantity).unwrap_or(*known);
            }
            _ => units.push((line.product, line.quantity)),
        }
    }
    units
}

/// The return as it stands at the end of the unit.
fn accepted(decision: &mut Decision<'_>, return_id: ReturnId) -> Ruling<ReturnAccepted> {
    let id = return_id.stream();
    let version = decision.version::<Return>(&id)?;
    let state = decision.state::<Return>(&id)?;
    let (Some(status), Some(total)) = (state.status(), state.total()) else {
        return refuse(Refused::of(&ReturnError::NotFound));
    };
    let credit_number = match state {
        ReturnState::Credited { credit_number, .. } => Some(*credit_number),
        _ => None,
    };
    Ok(ReturnAccepted {
        return_id,
        order: state.order(),
        status,
        version,
        total,
        credit_number,
    })
}
