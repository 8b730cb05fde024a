//! The way of an order and its parts.

use domain::{
    decider::Decider,
    fixtures::{
        orders::{cancelled, confirmed, delivered, placed, processed, shipped, two_part_order},
        reason,
    },
    orders::{Order, OrderCommand, OrderError, OrderEvent, OrderStatus},
    spec::given,
};

const PROCESS: OrderCommand = OrderCommand::Process { part: None };
const SHIP: OrderCommand = OrderCommand::Ship { part: None };
const DELIVER: OrderCommand = OrderCommand::Deliver { part: None };

fn confirm(invoice_number: u64) -> OrderCommand {
    OrderCommand::Confirm { invoice_number }
}

fn cancel() -> OrderCommand {
    OrderCommand::Cancel { reason: reason("changed my mind") }
}

/// A two-part order, confirmed as invoice 7, and what happened then.
fn after(more: &[OrderEvent]) -> Vec<OrderEvent> {
    [&[placed(two_part_order()), confirmed(7)], more].concat()
}

fn all_processed() -> Vec<OrderEvent> {
    after(&[processed(1), processed(2)])
}

fn all_shipped() -> Vec<OrderEvent> {
    [all_processed(), vec![shipped(1), shipped(2)]].concat()
}

fn all_delivered() -> Vec<OrderEvent> {
    [all_shipped(), vec![delivered(1), delivered(2)]].concat()
}

#[test]
fn an_order_goes_from_pending_to_delivered() {
    let pending = [placed(two_part_order())];
    let steps = [
        (pending.to_vec(), OrderStatus::Pending),
        (after(&[]), OrderStatus::Confirmed),
        (all_processed(), OrderStatus::Processing),
        (all_shipped(), OrderStatus::Shipped),
        (all_delivered(), OrderStatus::Delivered),
    ];
    for (history, status) in steps {
        assert_eq!(Order::fold(&history).status(), Some(status));
    }
}

#[test]
fn an_order_is_as_far_as_its_least_advanced_part() {
    let state = Order::fold(&after(&[processed(2), shipped(2)]));
    assert_eq!(state.status(), Some(OrderStatus::Confirmed));
    assert_eq!(state.part_status(1), Some(OrderStatus::Confirmed));
    assert_eq!(state.part_status(2), Some(OrderStatus::Shipped));
    assert_eq!((state.part_status(0), state.part_status(3)), (None, None));
}

#[test]
fn confirming_numbers_the_invoice() {
    let state = given::<Order>(&[placed(two_part_order())]).when(confirm(7)).then(&[confirmed(7)]);
    assert_eq!(state.invoice_number(), Some(7));
    assert_eq!(state.status(), Some(OrderStatus::Confirmed));
}

#[test]
fn confirming_again_does_nothing_and_no_second_number_is_taken() {
    for history in [after(&[]), all_delivered()] {
        given::<Order>(&history).when(confirm(7)).then_nothing();
        given::<Order>(&history).when(confirm(8)).then_err(OrderError::AlreadyConfirmed);
    }
}

#[test]
fn every_waiting_part_takes_the_next_step() {
    given::<Order>(&after(&[])).when(PROCESS).then(&[processed(1), processed(2)]);
    given::<Order>(&after(&[processed(1)])).when(PROCESS).then(&[processed(2)]);
    given::<Order>(&after(&[processed(1)])).when(SHIP).then(&[shipped(1)]);
    given::<Order>(&all_processed()).when(SHIP).then(&[shipped(1), shipped(2)]);
    given::<Order>(&all_shipped()).when(DELIVER).then(&[delivered(1), delivered(2)]);
}

#[test]
fn one_part_takes_the_next_step_alone() {
    given::<Order>(&after(&[])).when(OrderCommand::Process { part: Some(2) }).then(&[processed(2)]);
    given::<Order>(&all_processed()).when(OrderCommand::Ship { part: Some(2) }).then(&[shipped(2)]);
    given::<Order>(&all_shipped()).when(OrderCommand::Deliver { part: Some(2) }).then(&[delivered(2)]);
}

#[test]
fn a_step_that_is_done_already_does_nothing() {
    let one = Some(1);
    given::<Order>(&all_processed()).when(PROCESS).then_nothing();
    given::<Order>(&all_processed()).when(OrderCommand::Process { part: one }).then_nothing();
    given::<Order>(&all_shipped()).when(SHIP).then_nothing();
    given::<Order>(&all_shipped()).when(OrderCommand::Ship { part: one }).then_nothing();
    given::<Order>(&all_delivered()).when(DELIVER).then_nothing();
    given::<Order>(&all_delivered()).when(OrderCommand::Deliver { part: one }).then_nothing();
}

#[test]
fn no_step_is_left_out() {
    let pending = [placed(two_part_order())];
    for command in [PROCESS, SHIP, DELIVER] {
        given::<Order>(&pending).when(command).then_err(OrderError::NotConfirmed);
    }
    for command in [SHIP, DELIVER, OrderCommand::Ship { part: Some(1) }] {
        given::<Order>(&after(&[])).when(command).then_err(OrderError::NotProcessed);
    }
    for command in [DELIVER, OrderCommand::Deliver { part: Some(1) }] {
        given::<Order>(&all_processed()).when(command).then_err(OrderError::NotShipped);
    }
}

#[test]
fn no_step_goes_back() {
    for command in [PROCESS, OrderCommand::Process { part: Some(1) }] {
        given::<Order>(&all_shipped()).when(command).then_err(OrderError::AlreadyShipped);
    }
    for command in [PROCESS, SHIP, OrderCommand::Ship { part: Some(1) }] {
        given::<Order>(&all_delivered()).when(command).then_err(OrderError::AlreadyDelivered);
    }
}

#[test]
fn a_part_that_does_not_exist_takes_no_step() {
    for part in [0, 3] {
        given::<Order>(&after(&[]))
            .when(OrderCommand::Process { part: Some(part) })
            .then_err(OrderError::UnknownPart { part });
    }
}

#[test]
fn an_order_is_cancelled_before_anything_has_shipped() {
    for history in [
        vec![placed(two_part_order())],
        after(&[]),
        after(&[processed(1)]),
        all_processed(),
    ] {
        let state = given::<Order>(&history).when(cancel()).then(&[cancelled()]);
        assert_eq!(state.status(), Some(OrderStatus::Cancelled));
        assert_eq!(state.part_status(2), Some(OrderStatus::Cancelled));
    }
}

#[test]
fn an_order_of_which_any_part_has_shipped_cannot_be_cancelled() {
    for history in [after(&[processed(1), shipped(1)]), all_shipped(), all_delivered()] {
        given::<Order>(&history).when(cancel()).then_err(OrderError::AlreadyShipped);
    }
}

#[test]
fn cancelling_twice_does_nothing() {
    given::<Order>(&after(&[cancelled()])).when(cancel()).then_nothing();
}

#[test]
fn a_cancelled_order_takes_no_step() {
    for command in [
        PROCESS,
        SHIP,
        DELIVER,
        confirm(7),
        confirm(8),
        OrderCommand::Ship { part: Some(1) },
    ] {
        given::<Order>(&after(&[cancelled()])).when(command).then_err(OrderError::Cancelled);
    }
}

#[test]
fn a_status_is_written_in_one_way_everywhere() {
    for status in OrderStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.to_string(), status.as_str());
    }
}
