//! Limits: what an order takes of them when it is placed, and gives back when it is cancelled.

use domain::{
    ids::{AccountId, OrderId},
    orders::{AppliedDiscount, HeldLimit},
    pricing::{Inapplicable, Limited, Redemptions, RedemptionsCommand, Subject},
};
use event_store::Decision;

use super::REDEMPTION_SCOPE;
use crate::execute::{Ruling, judge};

/// What must be looked at to redeem something with limits.
#[derive(Default)]
pub(crate) struct Holds {
    /// Of [`Redemptions`].
    pub(crate) streams: Vec<String>,
    pub(crate) claims: Vec<String>,
}

impl Holds {
    /// The count, where there is a limit in total, and the customer's slots.
    pub(super) fn add(&mut self, subject: Subject<'_>, limited: &Limited, customer: Option<AccountId>) {
        let stream = subject.stream();
        if let (Some(limit), Some(customer)) = (limited.limits.per_customer, customer) {
            let slots = 1..=limited.slots.max(limit);
            self.claims.extend(slots.map(|slot| slot_key(&stream, customer, slot)));
        }
        if limited.limits.total.is_some() {
            self.streams.push(stream);
        }
    }
}

/// One redemption per customer and slot.
pub(super) fn slot_key(stream: &str, customer: AccountId, slot: u16) -> String {
    format!("{stream}/{}/{slot}", customer.stream())
}

/// The first free slot of a customer, if fewer than `limit` are taken. A limit that was lowered leaves orders in slots
/// above it, so all that there ever were are looked at.
pub(super) fn free_slot<E>(
    limit: u16,
    slots: u16,
    mut is_taken: impl FnMut(u16) -> Result<bool, E>,
) -> Result<Option<u16>, E> {
    let mut taken = 0;
    let mut free = None;
    for slot in 1..=slots.max(limit) {
        if is_taken(slot)? {
            taken += 1;
        } else {
            free = free.or(Some(slot));
        }
    }
    Ok(free.filter(|_| taken < limit))
}

/// Takes one redemption, or says why there is none.
pub(super) fn redeem(
    decision: &mut Decision<'_>,
    order: OrderId,
    customer: Option<AccountId>,
    subject: Subject<'_>,
    limited: &Limited,
) -> Ruling<Result<HeldLimit, Inapplicable>> {
    let stream = subject.stream();
    let claim = match (limited.limits.per_customer, customer) {
        (None, _) => None,
        (Some(_), None) => return Ok(Err(Inapplicable::CustomerNeeded)),
        (Some(limit), Some(customer)) => {
            let is_taken = |slot| {
                decision
                    .holder(REDEMPTION_SCOPE, &slot_key(&stream, customer, slot))
                    .map(|holder| holder.is_some())
            };
            match free_slot(limit, limited.slots, is_taken)? {
                None => return Ok(Err(Inapplicable::UsedUpByCustomer { limit })),
                Some(slot) => Some((slot, slot_key(&stream, customer, slot))),
            }
        }
    };
    if let Some(limit) = limited.limits.total {
        let take = RedemptionsCommand::Take { order, limit };
        if decision.decide::<Redemptions>(&stream, take)?.is_err() {
            return Ok(Err(Inapplicable::UsedUp { limit }));
        }
    }
    if let Some((_, key)) = &claim {
        decision.claim(REDEMPTION_SCOPE, key, &order.stream())?;
    }
    Ok(Ok(HeldLimit {
        counted: limited.limits.total.is_some(),
        slot: claim.map(|(slot, _)| slot),
    }))
}

/// What an order holds: of which promotion or coupon, and what of its limits.
pub(crate) fn holds_of(discounts: &[AppliedDiscount]) -> impl Iterator<Item = (Subject<'_>, HeldLimit)> {
    discounts.iter().flat_map(|discount| {
        let promotion = discount.promotion.map(Subject::Promotion).zip(discount.promotion_limit);
        let coupon = discount.coupon.as_ref().map(Subject::Coupon).zip(discount.coupon_limit);
        [promotion, coupon].into_iter().flatten()
    })
}

/// Gives back all that a cancelled order holds.
pub(crate) fn give_back(
    decision: &mut Decision<'_>,
    order: OrderId,
    customer: Option<AccountId>,
    discounts: &[AppliedDiscount],
) -> Ruling<()> {
    for (subject, held) in holds_of(discounts) {
        let stream = subject.stream();
        if held.counted {
            judge::<Redemptions>(decision, &stream, RedemptionsCommand::Return { order })?;
        }
        if let (Some(slot), Some(customer)) = (held.slot, customer) {
            decision.release_claim(REDEMPTION_SCOPE, &slot_key(&stream, customer, slot));
        }
    }
    Ok(())
}
