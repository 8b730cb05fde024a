//! Holds: units that a cart has for some minutes.

use domain::{
    decider::Decider,
    fixtures::{
        at, hold,
        inventory::{
            allocations, held, hold_ended, place_hold, ran_out, received, recovered, release_hold, reserve,
            reserve_held,
        },
        order, warehouse,
    },
    inventory::{MAX_HOLD_MINUTES, ReleaseCause, Stock, StockError, StockEvent},
    spec::given,
};

fn reserved_with(by: u64, from: &[(u64, u32)], consumed: u64) -> StockEvent {
    StockEvent::StockReserved {
        order: order(by),
        allocations: allocations(from),
        hold: Some(hold(consumed)),
    }
}

#[test]
fn held_units_stay_on_hand_and_are_not_available() {
    let state = given::<Stock>(&[received(1, 10)]).when(place_hold(1, 4, 15)).then(&[held(1, &[(1, 4)])]);
    let level = state.level(warehouse(1));
    assert_eq!((level.on_hand, level.held, level.available()), (10, 4, 6));
    let known = state.hold(hold(1)).map(|held| (held.allocations().to_vec(), held.expires_at()));
    assert_eq!(known, Some((allocations(&[(1, 4)]), at(15))));
}

#[test]
fn no_more_can_be_held_than_is_available() {
    given::<Stock>(&[received(1, 3)])
        .when(place_hold(1, 4, 15))
        .then_err(StockError::InsufficientStock {
            requested: 4,
            available: 3,
            by_warehouse: vec![(warehouse(1), 3)],
        });
}

#[test]
fn a_hold_ends_in_the_future_and_within_an_hour() {
    let refused = StockError::InvalidHoldTime { max_minutes: MAX_HOLD_MINUTES };
    for minutes in [-1, 0, 61] {
        given::<Stock>(&[received(1, 10)]).when(place_hold(1, 4, minutes)).then_err(refused.clone());
    }
    given::<Stock>(&[received(1, 10)]).when(place_hold(1, 4, 60)).then_accepted();
}

#[test]
fn the_same_hold_again_does_nothing_and_another_under_its_id_is_refused() {
    let history = [received(1, 10), held(1, &[(1, 4)])];
    given::<Stock>(&history).when(place_hold(1, 4, 15)).then_nothing();
    given::<Stock>(&history).when(place_hold(1, 5, 15)).then_err(StockError::HoldAlreadyExists);
    given::<Stock>(&history).when(place_hold(1, 4, 16)).then_err(StockError::HoldAlreadyExists);
}

#[test]
fn the_holder_gives_back_at_any_time() {
    let state = given::<Stock>(&[received(1, 10), held(1, &[(1, 4)])])
        .when(release_hold(1, ReleaseCause::GivenBack, 1))
        .then(&[hold_ended(1, &[(1, 4)], ReleaseCause::GivenBack)]);
    assert_eq!((state.available(), state.hold(hold(1))), (10, None));
}

#[test]
fn the_clock_ends_a_hold_when_its_time_is_over_and_not_before() {
    let history = [received(1, 10), held(1, &[(1, 4)])];
    given::<Stock>(&history)
        .when(release_hold(1, ReleaseCause::Expired, 14))
        .then_err(StockError::HoldNotExpired);
    given::<Stock>(&history).when(release_hold(1, ReleaseCause::Expired, 15)).then(&[hold_ended(
        1,
        &[(1, 4)],
        ReleaseCause::Expired,
    )]);
}

#[test]
fn releasing_a_hold_that_has_ended_does_nothing() {
    given::<Stock>(&[received(1, 10)]).when(release_hold(1, ReleaseCause::Expired, 15)).then_nothing();
}

#[test]
fn a_hold_ends_by_its_holder_or_by_the_clock_only() {
    for cause in [ReleaseCause::Cancelled, ReleaseCause::Consumed] {
        given::<Stock>(&[received(1, 10), held(1, &[(1, 4)])])
            .when(release_hold(1, cause, 1))
            .then_err(StockError::InvalidReleaseCause);
    }
}

#[test]
fn an_order_consumes_its_hold() {
    let state =
        given::<Stock>(&[received(1, 4), held(1, &[(1, 4)])]).when(reserve_held(1, 4, 1, 14)).then(&[
            hold_ended(1, &[(1, 4)], ReleaseCause::Consumed),
            reserved_with(1, &[(1, 4)], 1),
            ran_out(1),
        ]);
    let level = state.level(warehouse(1));
    assert_eq!((level.on_hand, level.reserved, level.held), (4, 4, 0));
    assert_eq!(state.hold(hold(1)), None);
}

#[test]
fn what_a_hold_has_beyond_the_order_is_available_again() {
    let history = [received(1, 4), held(1, &[(1, 4)]), ran_out(1)];
    let state = given::<Stock>(&history).when(reserve_held(1, 3, 1, 0)).then(&[
        hold_ended(1, &[(1, 4)], ReleaseCause::Consumed),
        reserved_with(1, &[(1, 3)], 1),
        recovered(1, 1),
    ]);
    assert_eq!(state.available(), 1);
}

#[test]
fn an_expired_hold_cannot_be_consumed_and_still_counts_until_it_is_released() {
    let history = [received(1, 5), held(1, &[(1, 4)])];
    given::<Stock>(&history).when(reserve_held(1, 4, 1, 15)).then_err(StockError::HoldExpired);
    given::<Stock>(&history).when(reserve(1, 2, &[])).then_err(StockError::InsufficientStock {
        requested: 2,
        available: 1,
        by_warehouse: vec![(warehouse(1), 1)],
    });
    let state = Stock::fold(&history);
    assert_eq!(state.expired_holds(at(14)).count(), 0);
    assert_eq!(state.expired_holds(at(15)).collect::<Vec<_>>(), [hold(1)]);
}

#[test]
fn a_hold_that_does_not_exist_cannot_be_consumed() {
    given::<Stock>(&[received(1, 5)]).when(reserve_held(1, 4, 1, 0)).then_err(StockError::HoldNotFound);
}
