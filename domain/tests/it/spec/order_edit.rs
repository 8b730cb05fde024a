//! Editing an order before it ships.

use domain::{
    fixtures::{
        gbp,
        orders::{line, order_of, placed, two_part_order},
        reason, return_id,
    },
    money::Currency,
    orders::{Order, OrderCommand, OrderError, OrderEvent, OrderStatus, PlaceOrder},
    spec::given,
};

fn smaller() -> PlaceOrder {
    order_of(vec![line(2, 1, "4.00", &[(3, 1)])])
}

fn edit(order: PlaceOrder) -> OrderCommand {
    OrderCommand::Edit { order: Box::new(order), reason: reason("one is enough") }
}

fn edited(order: PlaceOrder) -> OrderEvent {
    let OrderEvent::OrderPlaced { lines, parts, totals, discounts, .. } = placed(order) else {
        unreachable!("a placement places");
    };
    OrderEvent::OrderEdited {
        lines,
        parts,
        totals,
        discounts,
        reason: reason("one is enough"),
    }
}

const CONFIRMED: OrderEvent = OrderEvent::OrderConfirmed { invoice_number: 7 };

#[test]
fn all_that_was_agreed_is_agreed_anew() {
    let state = given::<Order>(&[placed(two_part_order())]).when(edit(smaller())).then(&[edited(smaller())]);
    assert_eq!(state.totals().unwrap().total, gbp("4.00"));
    assert_eq!((state.lines().len(), state.parts().len()), (1, 1));
    assert_eq!(state.status(), Some(OrderStatus::Pending));
}

#[test]
fn a_confirmed_order_is_invoiced_anew_and_its_parts_begin_again() {
    let history = [
        placed(two_part_order()),
        CONFIRMED,
        OrderEvent::PartProcessed { part: 1 },
    ];
    let state = given::<Order>(&history).when(edit(smaller())).then(&[edited(smaller())]);
    assert_eq!((state.invoice_number(), state.part_status(1)), (None, Some(OrderStatus::Pending)));
    let history = [placed(two_part_order()), CONFIRMED, edited(smaller())];
    given::<Order>(&history)
        .when(OrderCommand::Confirm { invoice_number: 8 })
        .then(&[OrderEvent::OrderConfirmed { invoice_number: 8 }]);
    given::<Order>(&history)
        .when(OrderCommand::Process { part: None })
        .then_err(OrderError::NotConfirmed);
}

#[test]
fn what_has_shipped_or_is_cancelled_or_absent_is_not_edited() {
    let confirmed = [placed(two_part_order()), CONFIRMED];
    let shipped = [
        &confirmed[..],
        &[
            OrderEvent::PartProcessed { part: 1 },
            OrderEvent::PartShipped { part: 1 },
        ],
    ]
    .concat();
    given::<Order>(&shipped).when(edit(smaller())).then_err(OrderError::AlreadyShipped);
    let cancelled = [
        placed(two_part_order()),
        OrderEvent::OrderCancelled { reason: reason("late") },
    ];
    given::<Order>(&cancelled).when(edit(smaller())).then_err(OrderError::Cancelled);
    given::<Order>(&[]).when(edit(smaller())).then_err(OrderError::NotFound);
}

#[test]
fn the_rules_of_a_placement_hold_and_the_currency_stays() {
    let history = [placed(two_part_order())];
    given::<Order>(&history).when(edit(order_of(vec![]))).then_err(OrderError::NoLines);
    let euros = PlaceOrder { currency: Currency::EUR, ..smaller() };
    given::<Order>(&history)
        .when(edit(euros))
        .then_err(OrderError::CurrencyMismatch { pointer: "/lines".to_owned() });
}

#[test]
fn returns_are_of_what_was_agreed_last() {
    let history = [
        placed(two_part_order()),
        edited(smaller()),
        CONFIRMED,
        OrderEvent::PartProcessed { part: 1 },
        OrderEvent::PartShipped { part: 1 },
        OrderEvent::PartDelivered { part: 1 },
    ];
    let back = |line, number| OrderCommand::ReturnLines {
        return_id: return_id(1),
        lines: domain::fixtures::orders::returned_lines(&[(line, number)]),
    };
    given::<Order>(&history).when(back(1, 1)).then_accepted();
    given::<Order>(&history).when(back(2, 1)).then_err(OrderError::UnknownLine { line: 2 });
}
