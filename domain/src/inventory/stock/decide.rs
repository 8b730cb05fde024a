//! Judging a request; the crossings are added by the caller.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    StockState, allocation,
    lots::{Pick, units_of},
};
use crate::{
    ids::{HoldId, OrderId, ReturnId, WarehouseId},
    inventory::{
        Allocation, Lot, MAX_HOLD_MINUTES, MAX_ON_HAND, ReleaseCause, StockCommand, StockError, StockEvent,
        WasteCause,
    },
    quantity::Quantity,
    text::Reason,
};

type Decision = Result<Vec<StockEvent>, StockError>;

pub(super) fn decide(state: &StockState, command: StockCommand) -> Decision {
    match command {
        StockCommand::Receive { warehouse, quantity, reference, lot } => {
            check_room(state, warehouse, quantity)?;
            Ok(vec![StockEvent::StockReceived { warehouse, quantity, reference, lot }])
        }
        StockCommand::Adjust { warehouse, delta, reason, lot } => {
            adjust(state, warehouse, delta, reason, lot.as_ref())
        }
        StockCommand::Reserve { order, quantity, preferred, hold, now } => {
            reserve(state, order, quantity, &preferred, hold, now)
        }
        StockCommand::Release { order, allocations, cause } => release(state, order, allocations, cause),
        StockCommand::Deduct { order, allocations, now } => deduct(state, order, &allocations, now),
        StockCommand::Transfer { from, to, quantity, lot, reason, now } => {
            transfer(state, from, to, quantity, lot.as_ref(), reason, now.date_naive())
        }
        StockCommand::Waste { warehouse, quantity, cause, lot, note } => {
            waste(state, warehouse, quantity, cause, lot.as_ref(), note)
        }
        StockCommand::Return { return_id, warehouse, quantity } => {
            take_back(state, return_id, warehouse, quantity)
        }
        StockCommand::Hold { hold, quantity, preferred, expires_at, now } => {
            place_hold(state, hold, quantity, &preferred, expires_at, now)
        }
        StockCommand::ReleaseHold { hold, cause, now } => release_hold(state, hold, cause, now),
        StockCommand::SetReorderRule { warehouse, rule } => {
            if state.reorder_rule(warehouse) == rule {
                return Ok(Vec::new());
            }
            Ok(vec![StockEvent::ReorderRuleSet { warehouse, rule }])
        }
        StockCommand::SetThreshold { warehouse, threshold } => {
            if state.level(warehouse).threshold == threshold {
                return Ok(Vec::new());
            }
            Ok(vec![StockEvent::StockThresholdSet { warehouse, threshold }])
        }
    }
}

fn check_room(state: &StockState, warehouse: WarehouseId, quantity: Quantity) -> Result<(), StockError> {
    match state.level(warehouse).on_hand.checked_add(quantity.get().into()) {
        Some(on_hand) if on_hand <= MAX_ON_HAND => Ok(()),
        Some(_) | None => Err(StockError::OutOfRange),
    }
}

fn adjust(
    state: &StockState,
    warehouse: WarehouseId,
    delta: i64,
    reason: Reason,
    lot: Option<&Lot>,
) -> Decision {
    if delta == 0 {
        return Err(StockError::ZeroAdjustment);
    }
    let level = state.level(warehouse);
    let committed = level.committed();
    // INV-2: what is promised stays; a loss of promised goods is booked after the orders are released.
    let below = StockError::BelowCommitted { on_hand: level.on_hand, committed, delta };
    match level.on_hand.checked_add_signed(delta) {
        Some(on_hand) if on_hand > MAX_ON_HAND => Err(StockError::OutOfRange),
        Some(on_hand) if on_hand >= committed => {
            let lots = match lot {
                Some(lot) if delta > 0 => units_of(warehouse, lot, delta.unsigned_abs()),
                None if delta > 0 => Vec::new(),
                // Units of no lot go last, so they make up whatever the lots do not.
                lot => state.pick(warehouse, delta.unsigned_abs(), lot.map_or(Pick::Any, Pick::Lot))?,
            };
            Ok(vec![StockEvent::StockAdjusted { warehouse, delta, reason, lots }])
        }
        Some(_) => Err(below),
        None if delta < 0 => Err(below),
        None => Err(StockError::OutOfRange),
    }
}

fn reserve(
    state: &StockState,
    order: OrderId,
    quantity: Quantity,
    preferred: &[WarehouseId],
    hold: Option<HoldId>,
    now: DateTime<Utc>,
) -> Decision {
    if !state.reserved_for(order).is_empty() {
        return Err(StockError::AlreadyReserved);
    }
    let mut events = Vec::with_capacity(2);
    if let Some(id) = hold {
        let held = state.hold(id).ok_or(StockError::HoldNotFound)?;
        if held.expires_at() <= now {
            return Err(StockError::HoldExpired);
        }
        // The hold ends by an event of its own, so that every reader can count held units without a memory.
        events.push(StockEvent::HoldReleased {
            hold: id,
            allocations: held.allocations().to_vec(),
            cause: ReleaseCause::Consumed,
        });
    }
    events.push(StockEvent::StockReserved {
        order,
        allocations: state.plan(quantity, preferred, hold, now.date_naive())?,
        hold,
    });
    Ok(events)
}

fn release(
    state: &StockState,
    order: OrderId,
    allocations: Option<Vec<Allocation>>,
    cause: ReleaseCause,
) -> Decision {
    match cause {
        ReleaseCause::Cancelled | ReleaseCause::Edited | ReleaseCause::Expired | ReleaseCause::GivenBack => {}
        ReleaseCause::Consumed => return Err(StockError::InvalidReleaseCause),
    }
    let allocations = match allocations {
        Some(some) => reserved_part(state, order, &some)?,
        None => state.reserved_for(order).to_vec(),
    };
    if allocations.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![StockEvent::StockReleased { order, allocations, cause }])
}

fn deduct(state: &StockState, order: OrderId, allocations: &[Allocation], now: DateTime<Utc>) -> Decision {
    let allocations = reserved_part(state, order, allocations)?;
    if allocations.is_empty() {
        return Ok(Vec::new());
    }
    let mut lots = Vec::new();
    for Allocation { warehouse, quantity } in &allocations {
        lots.extend(state.pick(*warehouse, quantity.get().into(), Pick::Unexpired(now.date_naive()))?);
    }
    Ok(vec![StockEvent::StockDeducted { order, allocations, lots }])
}

fn transfer(
    state: &StockState,
    from: WarehouseId,
    to: WarehouseId,
    quantity: Quantity,
    lot: Option<&Lot>,
    reason: Option<Reason>,
    today: NaiveDate,
) -> Decision {
    if from == to {
        return Err(StockError::SameWarehouse);
    }
    check_leaving(state, from, quantity)?;
    check_room(state, to, quantity)?;
    let units = u64::from(quantity.get());
    // INV-7: what orders wait for must not be left with expired units only. Expired ones may go where they are sorted out.
    let unexpired = state.sellable(from, today);
    if units > unexpired && !lot.is_some_and(|lot| lot.has_expired(today)) {
        return Err(StockError::ExpiredStock { requested: units, unexpired });
    }
    let lots = state.pick(from, units, lot.map_or(Pick::Unexpired(today), Pick::Lot))?;
    Ok(vec![StockEvent::StockTransferred { from, to, quantity, lots, reason }])
}

fn waste(
    state: &StockState,
    warehouse: WarehouseId,
    quantity: Quantity,
    cause: WasteCause,
    lot: Option<&Lot>,
    note: Option<Reason>,
) -> Decision {
    check_leaving(state, warehouse, quantity)?;
    let lots = state.pick(warehouse, quantity.get().into(), lot.map_or(Pick::Any, Pick::Lot))?;
    Ok(vec![StockEvent::StockWasted { warehouse, quantity, cause, lots, note }])
}

/// INV-2: what is promised stays.
fn check_leaving(state: &StockState, warehouse: WarehouseId, quantity: Quantity) -> Result<(), StockError> {
    let available = state.level(warehouse).available();
    if u64::from(quantity.get()) > available {
        return Err(StockError::ExceedsAvailable { requested: quantity.get(), available });
    }
    Ok(())
}

/// `wanted` with one entry per warehouse, if all of it is still reserved for the order.
fn reserved_part(
    state: &StockState,
    order: OrderId,
    wanted: &[Allocation],
) -> Result<Vec<Allocation>, StockError> {
    let reserved = state.reserved_for(order);
    if reserved.is_empty() && !wanted.is_empty() {
        return Err(StockError::NotReserved);
    }
    let mut merged = Vec::with_capacity(wanted.len());
    for allocation in wanted {
        let warehouse = allocation.warehouse;
        let requested = allocation::units_in(wanted, warehouse);
        let have = allocation::units_in(reserved, warehouse);
        if requested > have {
            return Err(StockError::ExceedsReservation { warehouse, requested, reserved: have });
        }
        allocation.add_to(&mut merged);
    }
    Ok(merged)
}

fn take_back(
    state: &StockState,
    return_id: ReturnId,
    warehouse: WarehouseId,
    quantity: Quantity,
) -> Decision {
    if state.has_booked_return(return_id) {
        return Err(StockError::ReturnAlreadyBooked);
    }
    check_room(state, warehouse, quantity)?;
    Ok(vec![StockEvent::StockReturned { return_id, warehouse, quantity }])
}

fn place_hold(
    state: &StockState,
    hold: HoldId,
    quantity: Quantity,
    preferred: &[WarehouseId],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Decision {
    if let Some(held) = state.hold(hold) {
        let units: u64 = held.allocations().iter().map(|held| u64::from(held.quantity.get())).sum();
        let same = units == u64::from(quantity.get()) && held.expires_at() == expires_at;
        return if same {
            Ok(Vec::new())
        } else {
            Err(StockError::HoldAlreadyExists)
        };
    }
    let life = expires_at.signed_duration_since(now);
    if life <= TimeDelta::zero() || life > TimeDelta::minutes(MAX_HOLD_MINUTES) {
        return Err(StockError::InvalidHoldTime { max_minutes: MAX_HOLD_MINUTES });
    }
    Ok(vec![StockEvent::StockHeld {
        hold,
        allocations: state.plan(quantity, preferred, None, now.date_naive())?,
        expires_at,
    }])
}

/// A hold that is not there has ended already, by whichever of its holder, an order and the clock came first.
fn release_hold(state: &StockState, hold: HoldId, cause: ReleaseCause, now: DateTime<Utc>) -> Decision {
    match cause {
        ReleaseCause::Expired | ReleaseCause::GivenBack => {}
        ReleaseCause::Cancelled | ReleaseCause::Edited | ReleaseCause::Consumed => {
            return Err(StockError::InvalidReleaseCause);
        }
    }
    let Some(held) = state.hold(hold) else {
        return Ok(Vec::new());
    };
    if cause == ReleaseCause::Expired && now < held.expires_at() {
        return Err(StockError::HoldNotExpired);
    }
    Ok(vec![StockEvent::HoldReleased { hold, allocations: held.allocations().to_vec(), cause }])
}
