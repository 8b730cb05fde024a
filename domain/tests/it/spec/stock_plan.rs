//! Which warehouses fill a quantity.

use domain::{
    decider::Decider,
    fixtures::{
        hold,
        inventory::{allocations, day, held, received, reserved},
        must, units, warehouse,
    },
    inventory::{Allocation, Stock, StockError, StockEvent, deal},
};

fn plan(history: &[StockEvent], quantity: u32, preferred: &[u64], consumed: Option<u64>) -> Vec<Allocation> {
    let preferred: Vec<_> = preferred.iter().copied().map(warehouse).collect();
    let state = Stock::fold(history);
    must(state.plan(units(quantity), &preferred, consumed.map(hold), day(0)))
}

#[test]
fn the_first_preferred_warehouse_that_can_fill_it_all_does() {
    let history = [received(1, 50), received(2, 9), received(3, 20)];
    assert_eq!(plan(&history, 9, &[2, 3], None), allocations(&[(2, 9)]));
    assert_eq!(plan(&history, 10, &[2, 3], None), allocations(&[(3, 10)]));
}

#[test]
fn a_warehouse_that_is_not_preferred_fills_it_all_rather_than_two_that_are() {
    let history = [received(1, 50), received(2, 5), received(3, 5)];
    assert_eq!(plan(&history, 10, &[2, 3], None), allocations(&[(1, 10)]));
}

#[test]
fn without_a_preference_the_fullest_fills_it_and_ties_end_by_id() {
    assert_eq!(plan(&[received(1, 10), received(2, 11)], 3, &[], None), allocations(&[(2, 3)]));
    assert_eq!(plan(&[received(2, 10), received(1, 10)], 3, &[], None), allocations(&[(1, 3)]));
}

#[test]
fn a_split_takes_from_the_preferred_first_then_from_the_fullest() {
    let history = [received(1, 3), received(2, 4), received(3, 5), received(4, 5)];
    assert_eq!(plan(&history, 9, &[1], None), allocations(&[(1, 3), (3, 5), (4, 1)]));
    assert_eq!(plan(&history, 17, &[], None), allocations(&[(3, 5), (4, 5), (2, 4), (1, 3)]));
}

#[test]
fn what_is_reserved_or_held_by_others_is_not_planned() {
    let history = [
        received(1, 10),
        reserved(1, &[(1, 4)]),
        held(1, &[(1, 3)]),
        received(2, 1),
    ];
    assert_eq!(plan(&history, 4, &[1], None), allocations(&[(1, 3), (2, 1)]));
}

#[test]
fn a_preferred_warehouse_counts_once_and_may_be_unknown() {
    let history = [received(1, 5), received(2, 5)];
    assert_eq!(plan(&history, 8, &[9, 1, 1], None), allocations(&[(1, 5), (2, 3)]));
}

#[test]
fn a_holds_units_are_taken_first_and_the_rest_beside_them() {
    let history = [received(1, 50), received(2, 10), held(1, &[(2, 4)])];
    assert_eq!(plan(&history, 3, &[1], Some(1)), allocations(&[(2, 3)]));
    assert_eq!(plan(&history, 10, &[1], Some(1)), allocations(&[(2, 10)]));
    assert_eq!(plan(&history, 11, &[1], Some(1)), allocations(&[(2, 4), (1, 7)]));
}

#[test]
fn what_a_hold_has_counts_as_available_to_its_holder() {
    let state = Stock::fold(&[received(1, 10), held(1, &[(1, 4)]), reserved(1, &[(1, 5)])]);
    let refused = |available: u64| StockError::InsufficientStock {
        requested: 6,
        available,
        by_warehouse: vec![(warehouse(1), available)],
    };
    assert_eq!(state.plan(units(6), &[], Some(hold(1)), day(0)), Err(refused(5)));
    assert_eq!(state.plan(units(6), &[], None, day(0)), Err(refused(1)));
}

#[test]
fn a_hold_that_does_not_exist_cannot_be_planned_with() {
    assert_eq!(
        Stock::fold(&[received(1, 10)]).plan(units(1), &[], Some(hold(1)), day(0)),
        Err(StockError::HoldNotFound)
    );
}

#[test]
fn a_product_that_was_never_in_stock_has_nothing_to_plan() {
    assert_eq!(
        Stock::fold(&[]).plan(units(1), &[warehouse(1)], None, day(0)),
        Err(StockError::InsufficientStock { requested: 1, available: 0, by_warehouse: vec![] })
    );
}

#[test]
fn lines_of_one_product_share_its_allocations_in_order() {
    let dealt = deal(&allocations(&[(1, 6), (2, 4)]), &[units(5), units(2), units(3)]);
    assert_eq!(
        dealt,
        [
            allocations(&[(1, 5)]),
            allocations(&[(1, 1), (2, 1)]),
            allocations(&[(2, 3)])
        ]
    );
    assert_eq!(deal(&allocations(&[(1, 2)]), &[units(3), units(1)]), [allocations(&[(1, 2)]), vec![]]);
    assert_eq!(deal(&[], &[]), Vec::<Vec<Allocation>>::new());
}
