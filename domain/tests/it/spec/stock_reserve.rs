//! Reserving, releasing, shipping.

use domain::{
    fixtures::{
        inventory::{
            allocations, deduct, deducted, ran_out, received, recovered, release, release_some, released,
            reserve, reserved,
        },
        order, warehouse,
    },
    inventory::{ReleaseCause, Stock, StockCommand, StockError},
    refusal::{Refusal, RefusalKind},
    spec::given,
};
use serde_json::json;

#[test]
fn reserved_units_stay_on_hand_and_are_not_available() {
    let state = given::<Stock>(&[received(1, 10)]).when(reserve(1, 4, &[])).then(&[reserved(1, &[(1, 4)])]);
    let level = state.level(warehouse(1));
    assert_eq!((level.on_hand, level.reserved, level.available()), (10, 4, 6));
    assert_eq!(state.reserved_for(order(1)), allocations(&[(1, 4)]));
    assert_eq!(state.open_reservations(), 1);
}

#[test]
fn more_than_is_available_is_refused_with_the_numbers() {
    let refused = StockError::InsufficientStock {
        requested: 10,
        available: 6,
        by_warehouse: vec![(warehouse(1), 4), (warehouse(2), 2)],
    };
    let fault = refused.faults().remove(0);
    assert_eq!(refused.kind(), RefusalKind::Conflict);
    assert_eq!((fault.pointer.as_str(), fault.code), ("/quantity", "inventory.insufficient_stock"));
    assert_eq!(
        json!(fault.numbers),
        json!({
            "requested": 10,
            "available": 6,
            "by_warehouse": [
                {"warehouse": warehouse(1).to_string(), "available": 4},
                {"warehouse": warehouse(2).to_string(), "available": 2},
            ],
        })
    );
    given::<Stock>(&[
        received(1, 4),
        received(2, 3),
        reserved(9, &[(2, 1)]),
        received(3, 1),
        reserved(8, &[(3, 1)]),
    ])
    .when(reserve(1, 10, &[]))
    .then_err(refused);
}

#[test]
fn an_order_reserves_a_product_once() {
    given::<Stock>(&[received(1, 10), reserved(1, &[(1, 4)])])
        .when(reserve(1, 1, &[]))
        .then_err(StockError::AlreadyReserved);
}

#[test]
fn releasing_gives_back_all_that_is_still_reserved() {
    let history = [
        received(1, 6),
        received(2, 4),
        reserved(1, &[(1, 6), (2, 4)]),
        deducted(1, &[(1, 2)]),
    ];
    let state = given::<Stock>(&history).when(release(1)).then(&[released(1, &[(1, 4), (2, 4)])]);
    assert_eq!(state.reserved_for(order(1)), []);
    assert_eq!((state.open_reservations(), state.available()), (0, 8));
}

#[test]
fn releasing_what_is_released_already_does_nothing() {
    given::<Stock>(&[received(1, 10)]).when(release(1)).then_nothing();
    given::<Stock>(&[received(1, 10), reserved(1, &[(1, 4)]), released(1, &[(1, 4)])])
        .when(release(1))
        .then_nothing();
}

#[test]
fn some_units_can_be_released() {
    let state = given::<Stock>(&[received(1, 10), reserved(1, &[(1, 4)])])
        .when(release_some(1, &[(1, 1), (1, 2)]))
        .then(&[released(1, &[(1, 3)])]);
    assert_eq!(state.reserved_for(order(1)), allocations(&[(1, 1)]));
}

#[test]
fn no_more_is_released_than_the_order_has_in_that_warehouse() {
    let history = [
        received(1, 10),
        received(2, 10),
        reserved(1, &[(1, 4)]),
        reserved(2, &[(1, 6)]),
    ];
    let too_many = |place: u64, reserved: u64| StockError::ExceedsReservation {
        warehouse: warehouse(place),
        requested: 5,
        reserved,
    };
    given::<Stock>(&history).when(release_some(1, &[(1, 5)])).then_err(too_many(1, 4));
    given::<Stock>(&history).when(release_some(1, &[(1, 3), (1, 2)])).then_err(too_many(1, 4));
    given::<Stock>(&history).when(release_some(1, &[(2, 5)])).then_err(too_many(2, 0));
}

#[test]
fn an_order_without_a_reservation_can_release_no_named_units() {
    given::<Stock>(&[received(1, 10)])
        .when(release_some(1, &[(1, 1)]))
        .then_err(StockError::NotReserved);
}

#[test]
fn an_order_is_not_released_because_a_hold_was_consumed() {
    let command = StockCommand::Release {
        order: order(1),
        allocations: None,
        cause: ReleaseCause::Consumed,
    };
    given::<Stock>(&[received(1, 10), reserved(1, &[(1, 4)])])
        .when(command)
        .then_err(StockError::InvalidReleaseCause);
}

#[test]
fn shipping_takes_reserved_units_off_hand() {
    let state = given::<Stock>(&[received(1, 10), reserved(1, &[(1, 4)])])
        .when(deduct(1, &[(1, 3)]))
        .then(&[deducted(1, &[(1, 3)])]);
    let level = state.level(warehouse(1));
    assert_eq!((level.on_hand, level.reserved, level.available()), (7, 1, 6));
    assert_eq!(state.reserved_for(order(1)), allocations(&[(1, 1)]));
}

#[test]
fn no_more_is_shipped_than_was_reserved() {
    let history = [received(1, 10), reserved(1, &[(1, 4)])];
    given::<Stock>(&history).when(deduct(1, &[(1, 5)])).then_err(StockError::ExceedsReservation {
        warehouse: warehouse(1),
        requested: 5,
        reserved: 4,
    });
    given::<Stock>(&history).when(deduct(2, &[(1, 1)])).then_err(StockError::NotReserved);
    let gone = [received(1, 10), reserved(1, &[(1, 4)]), deducted(1, &[(1, 4)])];
    given::<Stock>(&gone).when(deduct(1, &[(1, 4)])).then_err(StockError::NotReserved);
}

#[test]
fn shipping_or_releasing_no_units_does_nothing() {
    let history = [received(1, 10), reserved(1, &[(1, 4)])];
    given::<Stock>(&history).when(deduct(1, &[])).then_nothing();
    given::<Stock>(&history).when(release_some(1, &[])).then_nothing();
}

#[test]
fn the_last_unit_is_sold_once() {
    let state = given::<Stock>(&[received(1, 1)])
        .when(reserve(1, 1, &[]))
        .then(&[reserved(1, &[(1, 1)]), ran_out(1)]);
    assert_eq!(state.available(), 0);
    given::<Stock>(&[received(1, 1), reserved(1, &[(1, 1)]), ran_out(1)])
        .when(reserve(2, 1, &[]))
        .then_err(StockError::InsufficientStock { requested: 1, available: 0, by_warehouse: vec![] });
    given::<Stock>(&[received(1, 1), reserved(1, &[(1, 1)]), ran_out(1)])
        .when(release(1))
        .then(&[released(1, &[(1, 1)]), recovered(1, 1)]);
}
