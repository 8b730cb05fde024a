//! An order of what is in the caller's cart. The order and the cart's end are one unit: what another call puts in at the
//! same moment is in the order, or in the next cart.

use domain::{
    cart::{CartError, OpenCart},
    ids::{AccountId, OrderId},
};
use event_store::{Decision, Executed};

use super::{
    FOREIGN_CUSTOMER, LineProduct, NewLine, NewOrder, OrderAccepted, Orders, placing, traces::Traces,
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase, cart,
    customers::Delivery,
    execute::{FORBIDDEN, Ruling, refuse},
    pricing::Hints,
};

impl Orders {
    /// Places an order of all that is in the caller's cart, with the cart's coupons, and closes the cart.
    ///
    /// # Errors
    /// `cart.empty`; as [`Self::place`], with places in the cart's lines.
    pub async fn place_cart(
        &self,
        call: &Call,
        mut new: NewOrder,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        call.require(UseCase::PlaceOrder)?;
        call.require(UseCase::OrderCart)?;
        let account = call.caller.account().ok_or_else(|| FORBIDDEN.refusal())?;
        if new.customer.is_some_and(|customer| customer != account) {
            return Err(FOREIGN_CUSTOMER.refusal_at("/customer").into());
        }
        new.customer = Some(account);
        self.decided(call, new, Some(account)).await
    }
}

/// The order with what is in the cart.
pub(super) fn filled(new: &NewOrder, cart: &OpenCart) -> NewOrder {
    let lines = cart.lines.iter().map(|line| NewLine::new(LineProduct::Id(line.product), line.quantity));
    NewOrder {
        lines: lines.collect(),
        coupons: cart.coupons.clone(),
        ..new.clone()
    }
}

/// Decides the placement, and closes the cart.
pub(super) fn decide(
    decision: &mut Decision<'_>,
    hints: &Hints,
    caller: &Caller,
    (order, account): (OrderId, AccountId),
    new: &NewOrder,
    (delivery, traces): (Option<&Delivery>, &Traces),
) -> Ruling<OrderAccepted> {
    let open = cart::open_of(decision, account)?;
    let held = cart::contents(decision, open)?;
    let Some(open) = open.filter(|_| !held.is_empty()) else {
        return refuse(Refused::of(&CartError::Empty));
    };
    let accepted = placing::decide(decision, hints, caller, order, &filled(new, &held), (delivery, traces))?;
    cart::close(decision, account, open, order)?;
    Ok(accepted)
}
