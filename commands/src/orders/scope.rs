//! Whose orders a caller may touch. What is out of reach does not exist for the caller.

use domain::{
    identity::Role,
    ids::OrderId,
    orders::{Order, OrderError, OrderState, ReturnError, ReturnState},
};
use event_store::{Decision, Declined};

use super::OrderAccepted;
use crate::{
    Caller, Refused,
    error::No,
    execute::{Ruling, refuse},
};

/// Whether an order is within the caller's reach: a customer's own, one with a part of the vendor's company, one in
/// the administrator's zones.
pub(crate) fn reaches(caller: &Caller, order: &OrderState) -> bool {
    let principal = match caller {
        Caller::System => return order.exists(),
        Caller::Anonymous => return false,
        Caller::Account(principal) => principal,
    };
    let in_zone = || caller.zones().is_none_or(|own| order.zone().is_some_and(|zone| own.contains(zone)));
    order.exists()
        && match principal.role {
            Role::Customer => order.customer() == Some(principal.account),
            Role::Vendor => in_zone() && order.parts().iter().any(|part| !caller.is_foreign(part.company)),
            Role::Driver => false,
            Role::SuperAdmin | Role::LocationAdmin | Role::StoreManager | Role::Analyst | Role::Auditor => {
                in_zone()
            }
        }
}

/// The order, if the caller may touch it.
pub(super) fn order_in_reach<'d>(
    decision: &'d mut Decision<'_>,
    caller: &Caller,
    id: &str,
) -> Ruling<&'d OrderState> {
    let state = decision.state::<Order>(id)?;
    if reaches(caller, state) {
        return Ok(state);
    }
    refuse(Refused::of(&OrderError::NotFound))
}

/// Whether a return is within reach: its order is, or it has none and nothing confines the caller.
pub(super) fn check_return_in_reach(
    decision: &mut Decision<'_>,
    caller: &Caller,
    state: &ReturnState,
) -> Ruling<()> {
    let in_reach = match state.order() {
        None => state.exists() && caller.zones().is_none(),
        Some(order) => reaches(caller, decision.state::<Order>(&order.stream())?),
    };
    if in_reach {
        return Ok(());
    }
    refuse(Refused::of(&ReturnError::NotFound))
}

/// The order as it stands at the end of the unit.
pub(super) fn accepted(decision: &mut Decision<'_>, order: OrderId) -> Ruling<OrderAccepted> {
    let id = order.stream();
    let version = decision.version::<Order>(&id)?;
    let state = decision.state::<Order>(&id)?;
    let (Some(status), Some(totals)) = (state.status(), state.totals()) else {
        return Err(Declined::Refused(No::Refused(Refused::of(&OrderError::NotFound))));
    };
    Ok(OrderAccepted {
        order,
        status,
        version,
        totals: *totals,
        discounts: state.discounts().to_vec(),
        invoice_number: state.invoice_number(),
    })
}
