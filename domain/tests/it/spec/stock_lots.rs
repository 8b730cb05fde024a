//! Lots, transfers and waste.

use domain::{
    fixtures::{
        inventory::{
            adjust, adjust_lot, allocations, day, deduct, held, lot, of_lots, place_hold, ran_out,
            receive_lot, received, received_lot, recovered, reserve, reserved, transfer, transferred, waste,
            wasted,
        },
        order, reason, text, units, warehouse,
    },
    inventory::{Lot, Stock, StockCommand, StockError, StockEvent, WasteCause},
    refusal::Refusal,
    spec::given,
};

fn shipped(by: u64, from: &[(u64, u32)], lots: &[(&Lot, u32)]) -> StockEvent {
    let place = from.first().map_or(1, |(place, _)| *place);
    StockEvent::StockDeducted {
        order: order(by),
        allocations: allocations(from),
        lots: of_lots(place, lots),
    }
}

#[test]
fn an_arrival_may_be_of_a_lot() {
    let milk = lot("M1", 10);
    let state =
        given::<Stock>(&[received(1, 5)]).when(receive_lot(1, 6, &milk)).then(&[received_lot(1, 6, &milk)]);
    assert_eq!(state.level(warehouse(1)).on_hand, 11);
    assert_eq!(state.lots(warehouse(1)).collect::<Vec<_>>(), [(&milk, 6)]);
}

#[test]
fn a_lot_is_a_code_or_a_last_day() {
    assert_eq!(Lot::of(None, None), None);
    assert!(Lot::of(Some(text("L1")), None).is_some_and(|lot| !lot.has_expired(day(9_999))));
    let dated = Lot::of(None, Some(day(0))).unwrap();
    assert!(!dated.has_expired(day(0)) && dated.has_expired(day(1)));
}

#[test]
fn an_order_ships_what_expires_first_and_what_is_of_no_lot_last() {
    let (soon, later) = (lot("B", 5), lot("A", 9));
    let forever = Lot::of(Some(text("C")), None).unwrap();
    let history = [
        received(1, 2),
        received_lot(1, 3, &forever),
        received_lot(1, 3, &later),
        received_lot(1, 3, &soon),
        reserved(1, &[(1, 10)]),
    ];
    let state = given::<Stock>(&history).when(deduct(1, &[(1, 10)])).then(&[shipped(
        1,
        &[(1, 10)],
        &[(&soon, 3), (&later, 3), (&forever, 3)],
    )]);
    assert_eq!(state.level(warehouse(1)).on_hand, 1);
    assert_eq!(state.lots(warehouse(1)).count(), 0);
}

#[test]
fn what_has_expired_is_neither_reserved_nor_held() {
    let old = lot("OLD", -1);
    let history = [received_lot(1, 5, &old), received(1, 2)];
    let refused = StockError::InsufficientStock {
        requested: 3,
        available: 2,
        by_warehouse: vec![(warehouse(1), 2)],
    };
    given::<Stock>(&history).when(reserve(1, 3, &[])).then_err(refused.clone());
    given::<Stock>(&history).when(place_hold(1, 3, 10)).then_err(refused);
    given::<Stock>(&history).when(reserve(1, 2, &[])).then(&[reserved(1, &[(1, 2)])]);
}

#[test]
fn what_expired_after_it_was_ordered_does_not_ship() {
    let old = lot("OLD", -1);
    let history = [received_lot(1, 5, &old), received(1, 1), reserved(1, &[(1, 2)])];
    let refused = StockError::ExpiredStock { requested: 2, unexpired: 1 };
    assert_eq!(refused.faults().remove(0).numbers["unexpired"], 1);
    given::<Stock>(&history).when(deduct(1, &[(1, 2)])).then_err(refused);
    given::<Stock>(&history).when(deduct(1, &[(1, 1)])).then(&[shipped(1, &[(1, 1)], &[])]);
}

#[test]
fn a_transfer_moves_units_and_their_lots_in_one_step() {
    let milk = lot("M1", 10);
    let history = [received_lot(1, 4, &milk), received(1, 3), held(1, &[(1, 2)])];
    let state = given::<Stock>(&history)
        .when(transfer(1, 2, 5, None, 0))
        .then(&[transferred(1, 2, 5, &[(&milk, 4)]), ran_out(1)]);
    assert_eq!((state.level(warehouse(1)).on_hand, state.level(warehouse(2)).on_hand), (2, 5));
    assert_eq!(state.lots(warehouse(1)).count(), 0);
    assert_eq!(state.lots(warehouse(2)).collect::<Vec<_>>(), [(&milk, 4)]);
}

#[test]
fn a_transfer_never_takes_what_is_reserved_or_held() {
    let history = [received(1, 10), reserved(1, &[(1, 4)]), held(1, &[(1, 3)])];
    let refused = StockError::ExceedsAvailable { requested: 4, available: 3 };
    assert_eq!(refused.faults().remove(0).numbers["available"], 3);
    given::<Stock>(&history).when(transfer(1, 2, 4, None, 0)).then_err(refused);
    given::<Stock>(&history).when(transfer(1, 1, 1, None, 0)).then_err(StockError::SameWarehouse);
}

#[test]
fn a_transfer_leaves_orders_with_more_than_expired_units() {
    let old = lot("OLD", -1);
    let history = [received_lot(1, 5, &old), received(1, 5), reserved(1, &[(1, 5)])];
    let refused = StockError::ExpiredStock { requested: 5, unexpired: 0 };
    given::<Stock>(&history).when(transfer(1, 2, 5, None, 0)).then_err(refused);
    // To where they are sorted out they may go.
    given::<Stock>(&history)
        .when(transfer(1, 2, 5, Some(&old), 0))
        .then(&[transferred(1, 2, 5, &[(&old, 5)]), ran_out(1)]);
}

#[test]
fn an_arrival_by_transfer_ends_a_shortage() {
    let history = [received(1, 9), received(2, 1), reserved(1, &[(2, 1)]), ran_out(2)];
    given::<Stock>(&history)
        .when(transfer(1, 2, 3, None, 0))
        .then(&[transferred(1, 2, 3, &[]), recovered(2, 3)]);
}

#[test]
fn waste_takes_what_expired_first_and_never_what_is_promised() {
    let (old, fresh) = (lot("OLD", -1), lot("NEW", 9));
    let history = [received_lot(1, 3, &fresh), received_lot(1, 2, &old)];
    given::<Stock>(&history).when(waste(1, 4, WasteCause::Expired, None)).then(&[wasted(
        1,
        4,
        WasteCause::Expired,
        &[(&old, 2), (&fresh, 2)],
    )]);
    given::<Stock>(&history).when(waste(1, 1, WasteCause::Damaged, Some(&fresh))).then(&[wasted(
        1,
        1,
        WasteCause::Damaged,
        &[(&fresh, 1)],
    )]);
    given::<Stock>(&[received(1, 5), reserved(1, &[(1, 4)])])
        .when(waste(1, 2, WasteCause::Lost, None))
        .then_err(StockError::ExceedsAvailable { requested: 2, available: 1 });
}

#[test]
fn a_named_lot_must_have_that_many() {
    let (milk, other) = (lot("M1", 10), lot("M2", 10));
    let history = [received_lot(1, 4, &milk), received(1, 9)];
    let refused = StockError::LotTooSmall { requested: 5, in_lot: 4 };
    given::<Stock>(&history).when(waste(1, 5, WasteCause::Lost, Some(&milk))).then_err(refused.clone());
    given::<Stock>(&history).when(transfer(1, 2, 5, Some(&milk), 0)).then_err(refused.clone());
    given::<Stock>(&history).when(adjust_lot(1, -5, &milk)).then_err(refused);
    let nothing = StockError::LotTooSmall { requested: 1, in_lot: 0 };
    given::<Stock>(&history).when(adjust_lot(1, -1, &other)).then_err(nothing);
}

#[test]
fn a_count_corrects_a_lot_or_what_expires_first() {
    let (soon, later) = (lot("A", 5), lot("B", 9));
    let adjusted = |delta: i64, lots: &[(&Lot, u32)]| StockEvent::StockAdjusted {
        warehouse: warehouse(1),
        delta,
        reason: reason("stocktake"),
        lots: of_lots(1, lots),
    };
    let history = [
        received_lot(1, 3, &later),
        received_lot(1, 3, &soon),
        received(1, 4),
    ];
    given::<Stock>(&history).when(adjust_lot(1, 2, &later)).then(&[adjusted(2, &[(&later, 2)])]);
    given::<Stock>(&history).when(adjust_lot(1, -2, &later)).then(&[adjusted(-2, &[(&later, 2)])]);
    given::<Stock>(&history).when(adjust(1, -4)).then(&[adjusted(-4, &[(&soon, 3), (&later, 1)])]);
    given::<Stock>(&history).when(adjust(1, 4)).then(&[adjusted(4, &[])]);
}

#[test]
fn a_transfer_beyond_the_limit_is_refused() {
    let full = StockEvent::StockAdjusted {
        warehouse: warehouse(2),
        delta: 1_000_000_000_000,
        reason: reason("stocktake"),
        lots: Vec::new(),
    };
    given::<Stock>(&[received(1, 1), full])
        .when(transfer(1, 2, 1, None, 0))
        .then_err(StockError::OutOfRange);
    let command = StockCommand::Waste {
        warehouse: warehouse(1),
        quantity: units(1),
        cause: WasteCause::Lost,
        lot: None,
        note: Some(reason("never seen again")),
    };
    given::<Stock>(&[])
        .when(command)
        .then_err(StockError::ExceedsAvailable { requested: 1, available: 0 });
}
