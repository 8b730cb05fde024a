use std::collections::BTreeMap;

use domain::{
    decider::{Decider, Event},
    fixtures::{
        at, hold,
        inventory::{day, transfer},
        order, units, warehouse,
    },
    ids::WarehouseId,
    inventory::{Allocation, Lot, ReleaseCause, Stock, StockCommand, StockEvent, StockMark, StockState},
};
use proptest::prelude::*;

use super::stock_commands::{WAREHOUSES, commands};

/// Decides the commands one after the other; answers the state and all that happened.
fn run(commands: Vec<StockCommand>) -> (StockState, Vec<StockEvent>) {
    let (mut state, mut history) = (StockState::default(), Vec::new());
    for command in commands {
        for event in Stock::decide(&state, command).unwrap_or_default() {
            Stock::evolve(&mut state, &event);
            history.push(event);
        }
    }
    (state, history)
}

fn sum(allocations: &[Allocation], place: WarehouseId) -> i128 {
    let of_place = allocations.iter().filter(|allocation| allocation.warehouse == place);
    of_place.map(|allocation| i128::from(allocation.quantity.get())).sum()
}

/// received + adjusted + returned - deducted - wasted, and what was transferred, of one warehouse, counted from the events alone.
fn on_hand(history: &[StockEvent], place: WarehouseId) -> i128 {
    let change = |event: &StockEvent| match event {
        StockEvent::StockReceived { warehouse, quantity, .. }
        | StockEvent::StockReturned { warehouse, quantity, .. }
            if *warehouse == place =>
        {
            i128::from(quantity.get())
        }
        StockEvent::StockAdjusted { warehouse, delta, .. } if *warehouse == place => i128::from(*delta),
        StockEvent::StockDeducted { allocations, .. } => -sum(allocations, place),
        StockEvent::StockWasted { warehouse, quantity, .. } if *warehouse == place => {
            -i128::from(quantity.get())
        }
        StockEvent::StockTransferred { from, quantity, .. } if *from == place => -i128::from(quantity.get()),
        StockEvent::StockTransferred { to, quantity, .. } if *to == place => i128::from(quantity.get()),
        _ => 0,
    };
    history.iter().map(change).sum()
}

fn sellable(state: &StockState) -> u64 {
    state.levels().map(|(id, _)| state.sellable(id, day(0))).sum()
}

fn due(available: u64, threshold: u32) -> StockMark {
    if available == 0 {
        StockMark::Out
    } else if available <= u64::from(threshold) {
        StockMark::Low
    } else {
        StockMark::Normal
    }
}

proptest! {
    /// INV-1, INV-2.
    #[test]
    fn nothing_is_ever_sold_twice(commands in commands()) {
        let mut state = StockState::default();
        for command in commands {
            for event in Stock::decide(&state, command).unwrap_or_default() {
                Stock::evolve(&mut state, &event);
                for (_, level) in state.levels() {
                    prop_assert!(level.reserved + level.held <= level.on_hand, "{level:?} after {event:?}");
                }
            }
        }
    }

    /// INV-3: and the counters equal the sums of who has taken what.
    #[test]
    fn every_unit_is_accounted_for(commands in commands()) {
        let (state, history) = run(commands);
        for place in (1..=WAREHOUSES).map(warehouse) {
            let level = state.level(place);
            prop_assert_eq!(i128::from(level.on_hand), on_hand(&history, place));
            let reserved: i128 = (1..=8).map(|by| sum(state.reserved_for(order(by)), place)).sum();
            prop_assert_eq!(i128::from(level.reserved), reserved);
            let held: i128 = (1..=4)
                .filter_map(|by| state.hold(hold(by)))
                .map(|held| sum(held.allocations(), place))
                .sum();
            prop_assert_eq!(i128::from(level.held), held);
        }
    }

    /// INV-4.
    #[test]
    fn cancelling_gives_back_exactly_what_the_order_took(commands in commands(), number in 1..=12_u32) {
        let (before, _) = run(commands);
        let reserve = StockCommand::Reserve {
            order: order(99),
            quantity: units(number),
            preferred: vec![warehouse(2)],
            hold: None,
            now: at(0),
        };
        if let Ok(events) = Stock::decide(&before, reserve) {
            let mut state = before.clone();
            events.iter().for_each(|event| Stock::evolve(&mut state, event));
            let taken: u32 = state.reserved_for(order(99)).iter().map(|part| part.quantity.get()).sum();
            prop_assert_eq!(taken, number);
            let cancel = StockCommand::Release {
                order: order(99),
                allocations: None,
                cause: ReleaseCause::Cancelled,
            };
            let events = Stock::decide(&state, cancel).expect("what was reserved is released");
            events.iter().for_each(|event| Stock::evolve(&mut state, event));
            prop_assert_eq!(state, before);
        } else {
            prop_assert!(sellable(&before) < u64::from(number));
        }
    }

    /// INV-5: what was told last is true, and nothing is told twice.
    #[test]
    fn crossings_are_told_once_and_at_once(commands in commands()) {
        let mut state = StockState::default();
        let mut told: BTreeMap<WarehouseId, &'static str> = BTreeMap::new();
        for command in commands {
            for event in Stock::decide(&state, command).unwrap_or_default() {
                Stock::evolve(&mut state, &event);
                if let StockEvent::StockFellLow { warehouse, .. }
                | StockEvent::StockRanOut { warehouse }
                | StockEvent::StockRecovered { warehouse, .. } = &event
                {
                    prop_assert_ne!(told.insert(*warehouse, event.name()), Some(event.name()));
                }
            }
            for (_, level) in state.levels() {
                prop_assert_eq!(level.mark, due(level.available(), level.threshold));
            }
        }
    }

    /// A plan takes exactly what was asked from what is there, one entry per warehouse, from one warehouse where one
    /// can fill it.
    #[test]
    fn a_plan_is_exact_and_splits_only_when_it_must(commands in commands(), number in 1..=30_u32) {
        let (state, _) = run(commands);
        let Ok(plan) = state.plan(units(number), &[warehouse(3)], None, day(0)) else {
            prop_assert!(sellable(&state) < u64::from(number));
            return Ok(());
        };
        let total: u32 = plan.iter().map(|part| part.quantity.get()).sum();
        prop_assert_eq!(total, number);
        for part in &plan {
            prop_assert!(u64::from(part.quantity.get()) <= state.sellable(part.warehouse, day(0)));
            prop_assert_eq!(sum(&plan, part.warehouse), i128::from(part.quantity.get()));
        }
        let one_can = state.levels().any(|(id, _)| state.sellable(id, day(0)) >= u64::from(number));
        prop_assert_eq!(plan.len() == 1, one_can);
    }

    /// INV-6: lots hold at most what is on hand, and what the fold says of each is what its events add up to.
    #[test]
    fn lots_and_units_of_no_lot_add_up_to_what_is_on_hand(commands in commands()) {
        let (state, history) = run(commands);
        let mut counted: BTreeMap<(WarehouseId, &Lot), i128> = BTreeMap::new();
        for event in &history {
            event.each_lot_movement(|moved| {
                *counted.entry((moved.warehouse, moved.lot)).or_default() += i128::from(moved.on_hand);
            });
        }
        for (place, level) in state.levels() {
            let in_lots: u64 = state.lots(place).map(|(_, units)| units).sum();
            prop_assert!(in_lots <= level.on_hand, "{in_lots} of {level:?}");
            for (lot, units) in state.lots(place) {
                prop_assert_eq!(counted.remove(&(place, lot)), Some(i128::from(units)));
            }
        }
        prop_assert!(counted.values().all(|units| *units == 0), "{counted:?}");
    }

    /// INV-3: whatever is moved where, the sum over all warehouses stays, also of each lot.
    #[test]
    fn a_transfer_keeps_every_sum(commands in commands(), from in 1..=3_u64, to in 1..=3_u64, number in 1..=12_u32) {
        let (before, _) = run(commands);
        let mut after = before.clone();
        let events = Stock::decide(&before, transfer(from, to, number, None, 0)).unwrap_or_default();
        events.iter().for_each(|event| Stock::evolve(&mut after, event));
        let on_hand = |state: &StockState| state.levels().map(|(_, level)| level.on_hand).sum::<u64>();
        prop_assert_eq!(on_hand(&before), on_hand(&after));
        let lots = |state: &StockState| {
            let mut sums: BTreeMap<Lot, u64> = BTreeMap::new();
            for (place, _) in state.levels() {
                for (lot, units) in state.lots(place) {
                    *sums.entry(lot.clone()).or_default() += units;
                }
            }
            sums
        };
        prop_assert_eq!(lots(&before), lots(&after));
        if !events.is_empty() {
            let moved = after.level(warehouse(to)).on_hand - before.level(warehouse(to)).on_hand;
            prop_assert_eq!(moved, u64::from(number));
            prop_assert!(after.level(warehouse(from)).on_hand >= after.level(warehouse(from)).committed());
        }
    }

    /// INV-7: nothing that had expired left with an order, and nothing left before what expires sooner.
    #[test]
    fn orders_take_what_expires_first_and_never_what_has_expired(commands in commands(), number in 1..=12_u32) {
        let (mut state, _) = run(commands);
        let reserve = StockCommand::Reserve {
            order: order(99),
            quantity: units(number),
            preferred: Vec::new(),
            hold: None,
            now: at(0),
        };
        for event in Stock::decide(&state, reserve).unwrap_or_default() {
            Stock::evolve(&mut state, &event);
        }
        let deduct = StockCommand::Deduct {
            order: order(99),
            allocations: state.reserved_for(order(99)).to_vec(),
            now: at(0),
        };
        for event in Stock::decide(&state, deduct).unwrap_or_default() {
            Stock::evolve(&mut state, &event);
            let StockEvent::StockDeducted { lots, .. } = &event else { continue };
            for taken in lots {
                prop_assert!(!taken.lot.has_expired(day(0)), "{taken:?}");
                let sooner = state.lots(taken.warehouse).find(|(lot, _)| *lot < &taken.lot && !lot.has_expired(day(0)));
                prop_assert_eq!(sooner, None);
            }
        }
    }
}
