//! Low, out, recovered: once per crossing, in the same answer.

use domain::{
    fixtures::{
        inventory::{
            adjust, deduct, deducted, fell_low, ran_out, receive, received, recovered, release, released,
            reserve, reserved, set_threshold, threshold_set,
        },
        warehouse,
    },
    inventory::{Stock, StockEvent, StockMark},
    spec::given,
};

/// 10 on hand, low at 3.
fn stocked() -> Vec<StockEvent> {
    vec![received(1, 10), threshold_set(1, 3)]
}

fn after(more: &[StockEvent]) -> Vec<StockEvent> {
    [&stocked(), more].concat()
}

#[test]
fn stock_falls_low_once() {
    given::<Stock>(&stocked()).when(reserve(1, 6, &[])).then(&[reserved(1, &[(1, 6)])]);
    given::<Stock>(&stocked())
        .when(reserve(1, 7, &[]))
        .then(&[reserved(1, &[(1, 7)]), fell_low(1, 3, 3)]);
    given::<Stock>(&after(&[reserved(1, &[(1, 7)]), fell_low(1, 3, 3)]))
        .when(reserve(2, 1, &[]))
        .then(&[reserved(2, &[(1, 1)])]);
}

#[test]
fn stock_runs_out_once_and_without_falling_low_first_when_it_goes_at_a_stroke() {
    let state =
        given::<Stock>(&stocked()).when(reserve(1, 10, &[])).then(&[reserved(1, &[(1, 10)]), ran_out(1)]);
    assert_eq!(state.level(warehouse(1)).mark, StockMark::Out);
    given::<Stock>(&after(&[reserved(1, &[(1, 10)]), ran_out(1)]))
        .when(deduct(1, &[(1, 10)]))
        .then(&[deducted(1, &[(1, 10)])]);
}

#[test]
fn stock_that_was_out_recovers_or_is_low_by_how_much_comes_back() {
    let out = after(&[reserved(1, &[(1, 10)]), ran_out(1)]);
    given::<Stock>(&out).when(receive(1, 3)).then(&[received(1, 3), fell_low(1, 3, 3)]);
    given::<Stock>(&out).when(receive(1, 4)).then(&[received(1, 4), recovered(1, 4)]);
    given::<Stock>(&out).when(release(1)).then(&[released(1, &[(1, 10)]), recovered(1, 10)]);
}

#[test]
fn stock_that_was_low_recovers_once() {
    let low = after(&[reserved(1, &[(1, 8)]), fell_low(1, 2, 3)]);
    given::<Stock>(&low).when(receive(1, 1)).then(&[received(1, 1)]);
    let state = given::<Stock>(&low).when(receive(1, 2)).then(&[received(1, 2), recovered(1, 4)]);
    assert_eq!(state.level(warehouse(1)).mark, StockMark::Normal);
}

#[test]
fn a_threshold_crosses_too() {
    given::<Stock>(&[received(1, 10)])
        .when(set_threshold(1, 10))
        .then(&[threshold_set(1, 10), fell_low(1, 10, 10)]);
    given::<Stock>(&[received(1, 10), threshold_set(1, 10), fell_low(1, 10, 10)])
        .when(set_threshold(1, 9))
        .then(&[threshold_set(1, 9), recovered(1, 10)]);
    given::<Stock>(&[]).when(set_threshold(1, 5)).then(&[threshold_set(1, 5), ran_out(1)]);
}

#[test]
fn setting_the_same_threshold_does_nothing() {
    given::<Stock>(&stocked()).when(set_threshold(1, 3)).then_nothing();
    given::<Stock>(&[]).when(set_threshold(1, 0)).then_nothing();
}

#[test]
fn each_warehouse_crosses_for_itself() {
    given::<Stock>(&[received(1, 5), received(2, 5), threshold_set(2, 2)])
        .when(reserve(1, 9, &[1]))
        .then(&[reserved(1, &[(1, 5), (2, 4)]), ran_out(1), fell_low(2, 1, 2)]);
}

#[test]
fn a_loss_crosses_too() {
    given::<Stock>(&stocked()).when(adjust(1, -10)).then(&[
        StockEvent::StockAdjusted {
            warehouse: warehouse(1),
            delta: -10,
            reason: domain::fixtures::reason("stocktake"),
            lots: Vec::new(),
        },
        ran_out(1),
    ]);
}

#[test]
fn a_first_arrival_crosses_nothing() {
    given::<Stock>(&[]).when(receive(1, 1)).then(&[received(1, 1)]);
}
