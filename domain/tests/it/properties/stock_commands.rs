//! Random requests to a small stock: few warehouses, orders, holds and returns, so that they meet often.

use domain::{
    fixtures::{at, hold, inventory as stock, order, units, warehouse},
    inventory::{Lot, ReleaseCause, StockCommand, WasteCause},
};
use proptest::prelude::*;

pub(super) const WAREHOUSES: u64 = 3;

fn place() -> impl Strategy<Value = u64> {
    1..=WAREHOUSES
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..=12_u32, 1 => Just(u32::MAX)]
}

/// Few lots, so that they meet often; one has expired.
fn lot() -> impl Strategy<Value = Lot> {
    prop_oneof![Just(-1_i64), Just(0), Just(10), Just(40)].prop_map(|days| stock::lot("L", days))
}

fn portions() -> impl Strategy<Value = Vec<(u64, u32)>> {
    prop::collection::vec((place(), 1..=6_u32), 0..=3)
}

fn cause() -> impl Strategy<Value = ReleaseCause> {
    prop_oneof![
        Just(ReleaseCause::Cancelled),
        Just(ReleaseCause::Expired),
        Just(ReleaseCause::GivenBack),
        Just(ReleaseCause::Consumed),
    ]
}

fn reserve() -> impl Strategy<Value = StockCommand> {
    let preferred = prop::collection::vec(place(), 0..=3);
    let consumed = prop::option::of(1..=4_u64);
    (1..=8_u64, number(), preferred, consumed, 0..=40_i64).prop_map(
        |(by, number, preferred, consumed, minutes)| StockCommand::Reserve {
            order: order(by),
            quantity: units(number),
            preferred: preferred.into_iter().map(warehouse).collect(),
            hold: consumed.map(hold),
            now: at(minutes),
        },
    )
}

pub(super) fn command() -> impl Strategy<Value = StockCommand> {
    let delta =
        prop_oneof![6 => -12..=12_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => Just(999_999_999_990)];
    prop_oneof![
        4 => (place(), number()).prop_map(|(place, number)| stock::receive(place, number)),
        3 => (place(), delta).prop_map(|(place, delta)| stock::adjust(place, delta)),
        6 => reserve(),
        2 => (1..=8_u64).prop_map(stock::release),
        2 => (1..=8_u64, portions()).prop_map(|(by, to)| stock::release_some(by, &to)),
        4 => (1..=8_u64, portions()).prop_map(|(by, from)| stock::deduct(by, &from)),
        2 => (1..=4_u64, place(), number()).prop_map(|(with, place, number)| stock::take_back(with, place, number)),
        3 => (1..=4_u64, 1..=8_u32, 1..=70_i64).prop_map(|(by, number, minutes)| stock::place_hold(by, number, minutes)),
        2 => (1..=4_u64, cause(), 0..=70_i64).prop_map(|(by, cause, minutes)| stock::release_hold(by, cause, minutes)),
        3 => (place(), 1..=12_u32, lot()).prop_map(|(place, number, lot)| stock::receive_lot(place, number, &lot)),
        2 => (place(), -8..=8_i64, lot()).prop_map(|(place, delta, lot)| stock::adjust_lot(place, delta, &lot)),
        3 => (place(), place(), number(), prop::option::of(lot())).prop_map(
            |(from, to, number, lot)| stock::transfer(from, to, number, lot.as_ref(), 0)
        ),
        2 => (place(), 1..=6_u32, prop::option::of(lot())).prop_map(
            |(place, number, lot)| stock::waste(place, number, WasteCause::Damaged, lot.as_ref())
        ),
        2 => (place(), 0..=8_u32).prop_map(|(place, threshold)| stock::set_threshold(place, threshold)),
    ]
}

pub(super) fn commands() -> impl Strategy<Value = Vec<StockCommand>> {
    prop::collection::vec(command(), 1..80)
}
