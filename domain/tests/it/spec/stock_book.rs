//! Receiving, adjusting, returning.

use domain::{
    fixtures::{
        inventory::{adjust, held, ran_out, receive, received, reserved, take_back},
        reason, return_id, units, warehouse,
    },
    inventory::{MAX_ON_HAND, Stock, StockCommand, StockError, StockEvent},
    refusal::Refusal,
    spec::given,
};

fn adjusted(place: u64, delta: i64) -> StockEvent {
    StockEvent::StockAdjusted {
        warehouse: warehouse(place),
        delta,
        reason: reason("stocktake"),
        lots: Vec::new(),
    }
}

fn returned(with: u64, place: u64, number: u32) -> StockEvent {
    StockEvent::StockReturned {
        return_id: return_id(with),
        warehouse: warehouse(place),
        quantity: units(number),
    }
}

fn max_delta() -> i64 {
    i64::try_from(MAX_ON_HAND).unwrap_or(i64::MAX)
}

#[test]
fn an_arrival_is_on_hand_and_available() {
    let command = StockCommand::Receive {
        warehouse: warehouse(1),
        quantity: units(10),
        reference: Some(reason("delivery note 17")),
        lot: None,
    };
    let state = given::<Stock>(&[]).when(command).then(&[StockEvent::StockReceived {
        warehouse: warehouse(1),
        quantity: units(10),
        reference: Some(reason("delivery note 17")),
        lot: None,
    }]);
    let level = state.level(warehouse(1));
    assert_eq!((level.on_hand, level.reserved, level.held, level.available()), (10, 0, 0, 10));
    assert_eq!(state.available(), 10);
}

#[test]
fn an_arrival_beyond_the_limit_is_refused() {
    given::<Stock>(&[adjusted(1, max_delta() - 1)]).when(receive(1, 1)).then_accepted();
    given::<Stock>(&[adjusted(1, max_delta())]).when(receive(1, 1)).then_err(StockError::OutOfRange);
}

#[test]
fn a_count_corrects_what_is_on_hand_up_and_down() {
    let state = given::<Stock>(&[received(1, 10)]).when(adjust(1, -3)).then(&[adjusted(1, -3)]);
    assert_eq!(state.level(warehouse(1)).on_hand, 7);
    let state = given::<Stock>(&[]).when(adjust(1, 5)).then(&[adjusted(1, 5)]);
    assert_eq!(state.level(warehouse(1)).on_hand, 5);
}

#[test]
fn an_adjustment_by_zero_is_refused() {
    given::<Stock>(&[received(1, 10)]).when(adjust(1, 0)).then_err(StockError::ZeroAdjustment);
}

#[test]
fn an_adjustment_never_takes_what_is_reserved_or_held() {
    let history = [received(1, 10), reserved(1, &[(1, 4)]), held(1, &[(1, 3)])];
    given::<Stock>(&history).when(adjust(1, -3)).then(&[adjusted(1, -3), ran_out(1)]);
    let refused = StockError::BelowCommitted { on_hand: 10, committed: 7, delta: -4 };
    let numbers = refused.faults().remove(0).numbers;
    assert_eq!(numbers["committed"], 7);
    given::<Stock>(&history).when(adjust(1, -4)).then_err(refused);
}

#[test]
fn an_adjustment_never_goes_below_zero_nor_beyond_the_limit() {
    for delta in [-11, i64::MIN] {
        given::<Stock>(&[received(1, 10)]).when(adjust(1, delta)).then_err(StockError::BelowCommitted {
            on_hand: 10,
            committed: 0,
            delta,
        });
    }
    for delta in [max_delta(), i64::MAX] {
        given::<Stock>(&[received(1, 10)]).when(adjust(1, delta)).then_err(StockError::OutOfRange);
    }
}

#[test]
fn returned_units_are_on_hand_again() {
    let state = given::<Stock>(&[received(1, 1)]).when(take_back(1, 2, 3)).then(&[returned(1, 2, 3)]);
    assert_eq!(state.level(warehouse(2)).on_hand, 3);
    assert!(state.has_booked_return(return_id(1)) && !state.has_booked_return(return_id(2)));
}

#[test]
fn a_return_is_booked_once() {
    given::<Stock>(&[returned(1, 1, 3)])
        .when(take_back(1, 1, 3))
        .then_err(StockError::ReturnAlreadyBooked);
    given::<Stock>(&[returned(1, 1, 3)]).when(take_back(2, 1, 3)).then(&[returned(2, 1, 3)]);
}

#[test]
fn a_return_beyond_the_limit_is_refused() {
    given::<Stock>(&[adjusted(1, max_delta())])
        .when(take_back(1, 1, 1))
        .then_err(StockError::OutOfRange);
}
