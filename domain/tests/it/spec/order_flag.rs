//! Orders that look like fraud.

use domain::{
    fixtures::{
        event_id,
        orders::{cancelled, confirmed, delivered, placed, processed, shipped, two_part_order},
        reason,
    },
    ids::EventId,
    orders::{Flag, FraudReason, FraudSignal, Order, OrderCommand, OrderError, OrderEvent},
    spec::given,
};

const CLEAR: OrderCommand = OrderCommand::ClearFlag { note: None };
const CONFIRM_FRAUD: OrderCommand = OrderCommand::ConfirmFraud { note: None };

fn reasons() -> Vec<FraudReason> {
    vec![FraudReason {
        signal: FraudSignal::Velocity,
        points: 600,
        observed: Some(9),
    }]
}

fn flag(agreement: EventId) -> OrderCommand {
    OrderCommand::Flag { agreement, score: 600, reasons: reasons(), model_version: 3 }
}

fn flagged(agreement: EventId) -> OrderEvent {
    OrderEvent::OrderFlagged { agreement, score: 600, reasons: reasons(), model_version: 3 }
}

fn cleared() -> OrderEvent {
    OrderEvent::FlagCleared { note: None }
}

fn after(more: &[OrderEvent]) -> Vec<OrderEvent> {
    [&[placed(two_part_order())], more].concat()
}

#[test]
fn what_looks_like_fraud_is_flagged_once() {
    let state = given::<Order>(&after(&[])).when(flag(event_id(1))).then(&[flagged(event_id(1))]);
    assert_eq!((state.flag(), state.flagged()), (Some(Flag::Open), Some(event_id(1))));
    given::<Order>(&after(&[flagged(event_id(1))])).when(flag(event_id(1))).then(&[]);
    // A job that comes again after the review changes nothing; what was agreed on anew is another matter.
    let reviewed = after(&[flagged(event_id(1)), cleared()]);
    given::<Order>(&reviewed).when(flag(event_id(1))).then(&[]);
    given::<Order>(&reviewed).when(flag(event_id(2))).then(&[flagged(event_id(2))]);
}

#[test]
fn what_has_left_or_is_called_off_is_not_flagged() {
    given::<Order>(&after(&[cancelled()])).when(flag(event_id(1))).then(&[]);
    let leaving = after(&[confirmed(7), processed(1), processed(2), shipped(1)]);
    given::<Order>(&leaving).when(flag(event_id(1))).then(&[]);
    given::<Order>(&[]).when(flag(event_id(1))).then_err(OrderError::NotFound);
}

#[test]
fn a_flagged_order_goes_no_step_further() {
    let pending = after(&[flagged(event_id(1))]);
    let confirmed_one = after(&[confirmed(7), flagged(event_id(1))]);
    let processed_one = after(&[confirmed(7), processed(1), flagged(event_id(1))]);
    let held = || OrderError::Held;
    given::<Order>(&pending).when(OrderCommand::Confirm { invoice_number: 7 }).then_err(held());
    let edit = OrderCommand::Edit { order: Box::new(two_part_order()), reason: reason("more") };
    given::<Order>(&pending).when(edit).then_err(held());
    given::<Order>(&confirmed_one).when(OrderCommand::Process { part: None }).then_err(held());
    given::<Order>(&confirmed_one).when(OrderCommand::Process { part: Some(1) }).then_err(held());
    given::<Order>(&processed_one).when(OrderCommand::Ship { part: Some(1) }).then_err(held());
    // Confirming again what is confirmed takes no step.
    given::<Order>(&confirmed_one).when(OrderCommand::Confirm { invoice_number: 7 }).then(&[]);
}

#[test]
fn a_cleared_order_goes_on() {
    let history = after(&[confirmed(7), flagged(event_id(1))]);
    let state = given::<Order>(&history).when(CLEAR).then(&[cleared()]);
    assert_eq!(state.flag(), Some(Flag::Cleared));
    let history = [history, vec![cleared()]].concat();
    given::<Order>(&history).when(OrderCommand::Process { part: Some(1) }).then(&[processed(1)]);
    given::<Order>(&history).when(CLEAR).then(&[]);
    given::<Order>(&history).when(CONFIRM_FRAUD).then_err(OrderError::AlreadyReviewed);
}

#[test]
fn fraud_is_confirmed_once() {
    let history = after(&[flagged(event_id(1))]);
    let fraud = OrderEvent::FraudConfirmed { note: None };
    let state = given::<Order>(&history).when(CONFIRM_FRAUD).then(std::slice::from_ref(&fraud));
    assert_eq!(state.flag(), Some(Flag::Confirmed));
    let history = [history, vec![fraud, cancelled()]].concat();
    given::<Order>(&history).when(CONFIRM_FRAUD).then(&[]);
    given::<Order>(&history).when(CLEAR).then_err(OrderError::AlreadyReviewed);
}

#[test]
fn only_what_is_flagged_is_reviewed() {
    given::<Order>(&after(&[])).when(CLEAR).then_err(OrderError::NotFlagged);
    given::<Order>(&after(&[])).when(CONFIRM_FRAUD).then_err(OrderError::NotFlagged);
    given::<Order>(&[]).when(CLEAR).then_err(OrderError::NotFound);
}

#[test]
fn a_flagged_order_can_be_called_off_and_still_be_reviewed() {
    let history = after(&[flagged(event_id(1))]);
    let cancel = OrderCommand::Cancel { reason: reason("changed my mind") };
    given::<Order>(&history).when(cancel).then(&[cancelled()]);
    let history = [history, vec![cancelled()]].concat();
    given::<Order>(&history).when(OrderCommand::Process { part: None }).then_err(OrderError::Cancelled);
    given::<Order>(&history).when(CLEAR).then(&[cleared()]);
}

#[test]
fn deliveries_of_what_left_before_are_still_booked() {
    let history = after(&[
        confirmed(7),
        processed(1),
        flagged(event_id(1)),
        cleared(),
        shipped(1),
    ]);
    given::<Order>(&history).when(OrderCommand::Deliver { part: Some(1) }).then(&[delivered(1)]);
}
