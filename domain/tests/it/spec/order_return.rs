//! Units that come back to an order, and what is paid back.

use domain::{
    decider::Decider,
    fixtures::{
        gbp, must, order,
        orders::{
            cancelled, confirmed, delivered, delivered_order, line, order_of, placed, processed,
            return_lines, returned, returned_lines, shipped, two_part_order, withdrawn,
        },
        price, product, return_id, text, units,
    },
    money::Money,
    orders::{CreditLine, Order, OrderCommand, OrderError, OrderEvent, PlaceOrder, SoldIn},
    refusal::Refusal,
    spec::given,
};

fn history(more: &[OrderEvent]) -> Vec<OrderEvent> {
    [&delivered_order(two_part_order()), more].concat()
}

fn withdraw(which: u64) -> OrderCommand {
    OrderCommand::WithdrawReturn { return_id: return_id(which) }
}

/// What returning these units next pays back.
fn credit(history: &[OrderEvent], of: &[(u16, u32)]) -> Vec<Money> {
    let lines = must(Order::fold(history).credit_for(order(1), &returned_lines(of)));
    lines.into_iter().map(|line| line.total).collect()
}

#[test]
fn delivered_units_come_back() {
    let state = given::<Order>(&history(&[]))
        .when(return_lines(1, &[(1, 4), (2, 3)]))
        .then(&[returned(1, &[(1, 4), (2, 3)])]);
    assert_eq!((state.returnable_units(1), state.returnable_units(2)), (6, 0));
    assert_eq!((state.returnable_units(0), state.returnable_units(3)), (0, 0));
}

#[test]
fn a_return_names_at_least_one_line_each_once_and_only_its_own() {
    given::<Order>(&history(&[])).when(return_lines(1, &[])).then_err(OrderError::NoLines);
    given::<Order>(&history(&[]))
        .when(return_lines(1, &[(1, 1), (1, 1)]))
        .then_err(OrderError::RepeatedLine { line: 1 });
    for line in [0, 3] {
        given::<Order>(&history(&[]))
            .when(return_lines(1, &[(line, 1)]))
            .then_err(OrderError::UnknownLine { line });
    }
}

#[test]
fn no_more_comes_back_than_was_sold() {
    let refused = |returnable| OrderError::ReturnExceedsSold { line: 1, requested: 7, returnable };
    given::<Order>(&history(&[returned(1, &[(1, 4)])]))
        .when(return_lines(2, &[(1, 7)]))
        .then_err(refused(6));
    assert_eq!(refused(6).faults().remove(0).numbers["returnable"], 6);
    given::<Order>(&history(&[returned(1, &[(1, 4)]), returned(2, &[(1, 6)])]))
        .when(return_lines(3, &[(1, 7)]))
        .then_err(refused(0));
}

#[test]
fn only_what_has_arrived_comes_back() {
    let order = order_of(vec![line(1, 10, "2.55", &[(1, 6), (2, 4)])]);
    let start = vec![
        placed(order),
        confirmed(1),
        processed(1),
        processed(2),
        shipped(1),
        shipped(2),
    ];
    let not_delivered = |delivered| OrderError::NotDelivered { line: 1, requested: 7, delivered };
    given::<Order>(&start).when(return_lines(1, &[(1, 7)])).then_err(not_delivered(0));
    let half = [start, vec![delivered(1)]].concat();
    assert_eq!(not_delivered(6).faults().remove(0).numbers["delivered"], 6);
    given::<Order>(&half).when(return_lines(1, &[(1, 7)])).then_err(not_delivered(6));
    given::<Order>(&half).when(return_lines(1, &[(1, 6)])).then_accepted();
    let rest = [half, vec![returned(1, &[(1, 6)]), delivered(2)]].concat();
    given::<Order>(&rest).when(return_lines(2, &[(1, 4)])).then_accepted();
}

#[test]
fn a_service_comes_back_once_its_part_is_delivered() {
    let order = order_of(vec![line(1, 1, "18.00", &[])]);
    given::<Order>(&[placed(order.clone())])
        .when(return_lines(1, &[(1, 1)]))
        .then_err(OrderError::NotDelivered { line: 1, requested: 1, delivered: 0 });
    given::<Order>(&delivered_order(order)).when(return_lines(1, &[(1, 1)])).then_accepted();
}

#[test]
fn nothing_comes_back_from_a_cancelled_order() {
    given::<Order>(&[placed(two_part_order()), cancelled()])
        .when(return_lines(1, &[(1, 1)]))
        .then_err(OrderError::Cancelled);
}

#[test]
fn the_same_return_again_does_nothing_and_another_under_its_id_is_refused() {
    let recorded = history(&[returned(1, &[(1, 4)])]);
    given::<Order>(&recorded).when(return_lines(1, &[(1, 4)])).then_nothing();
    given::<Order>(&recorded)
        .when(return_lines(1, &[(1, 5)]))
        .then_err(OrderError::ReturnAlreadyRecorded);
    given::<Order>(&history(&[returned(1, &[(1, 4)]), withdrawn(1)]))
        .when(return_lines(1, &[(1, 4)]))
        .then_err(OrderError::ReturnAlreadyRecorded);
}

#[test]
fn the_units_of_a_withdrawn_return_may_come_back_again() {
    let state = given::<Order>(&history(&[returned(1, &[(1, 10)])])).when(withdraw(1)).then(&[withdrawn(1)]);
    assert_eq!(state.returnable_units(1), 10);
    given::<Order>(&history(&[returned(1, &[(1, 10)]), withdrawn(1)]))
        .when(return_lines(2, &[(1, 10)]))
        .then_accepted();
}

#[test]
fn withdrawing_twice_does_nothing_and_an_unknown_return_is_refused() {
    given::<Order>(&history(&[returned(1, &[(1, 4)]), withdrawn(1)])).when(withdraw(1)).then_nothing();
    given::<Order>(&history(&[])).when(withdraw(1)).then_err(OrderError::UnknownReturn);
}

#[test]
fn a_credit_tells_what_was_sold_and_pays_the_net_amount() {
    let state = Order::fold(&history(&[]));
    let credit = state.credit_for(order(1), &returned_lines(&[(2, 3), (1, 1)]));
    let expected = |number, of, quantity, unit_price, total, line| CreditLine {
        number,
        product: product(of),
        sku: text(&format!("SKU-{of}")),
        quantity: units(quantity),
        unit_price: price(unit_price),
        total: gbp(total),
        tax: None,
        commission: None,
        sold_in: Some(SoldIn { order: order(1), line }),
    };
    // Line 1 comes to 25.50 - 0.34 for 10 units, line 2 to 12.00 - 0.16 for 3.
    assert_eq!(
        credit,
        Ok(vec![
            expected(1, 2, 3, "4.00", "11.84", 2),
            expected(2, 1, 1, "2.55", "2.52", 1)
        ])
    );
}

#[test]
fn the_last_unit_pays_what_is_left_to_the_minor_unit() {
    // 1.00 for 3 units.
    let order = PlaceOrder {
        discount: gbp("0.50"),
        ..order_of(vec![line(1, 3, "0.50", &[(1, 3)])])
    };
    let mut history = delivered_order(order);
    let mut paid = Vec::new();
    for step in 1..=3 {
        paid.extend(credit(&history, &[(1, 1)]));
        history.push(returned(step, &[(1, 1)]));
    }
    assert_eq!(paid, [gbp("0.33"), gbp("0.34"), gbp("0.33")]);
}

#[test]
fn a_withdrawn_return_gives_its_credit_back_to_the_later_ones() {
    // 0.01 for 3 units: the second step pays the penny.
    let order = order_of(vec![line(1, 3, "0.004", &[(1, 3)])]);
    let delivered = delivered_order(order);
    let after = |more: &[OrderEvent]| [&delivered, more].concat();
    let first = returned(1, &[(1, 2)]);
    assert_eq!(credit(&after(&[]), &[(1, 2)]), [gbp("0.01")]);
    assert_eq!(credit(&after(std::slice::from_ref(&first)), &[(1, 1)]), [gbp("0.00")]);
    assert_eq!(credit(&after(&[first, withdrawn(1)]), &[(1, 3)]), [gbp("0.01")]);
}

#[test]
fn a_credit_is_never_negative() {
    // 0.01 for 5 units is due with the third; the first two units (worth nothing yet) are withdrawn afterwards.
    let order = order_of(vec![line(1, 5, "0.002", &[(1, 5)])]);
    let delivered = delivered_order(order);
    let settled = [returned(1, &[(1, 2)]), returned(2, &[(1, 1)]), withdrawn(1)];
    let history = [&delivered[..], &settled].concat();
    assert_eq!(credit(&history, &[(1, 1)]), [gbp("0.00")]);
    assert_eq!(credit(&history, &[(1, 4)]), [gbp("0.00")]);
}

#[test]
fn what_cannot_come_back_has_no_credit() {
    let lines = returned_lines(&[(1, 11)]);
    let refused = OrderError::ReturnExceedsSold { line: 1, requested: 11, returnable: 10 };
    assert_eq!(Order::fold(&history(&[])).credit_for(order(1), &lines), Err(refused));
    assert_eq!(Order::fold(&[]).credit_for(order(1), &lines), Err(OrderError::NotFound));
}
