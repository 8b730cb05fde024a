use domain::{
    decider::Decider,
    fixtures::{
        company, gbp,
        orders::{line, order_of, placed, terms},
        tax_rate,
        taxes::line_rate,
    },
    money::{Currency, Money, UnitPrice},
    orders::{Order, OrderState, PlaceLine, PlaceOrder},
    pricing::{LineRate, TaxTreatment},
};
use proptest::prelude::*;

/// Half to even by comparing the two neighbours, in pence of a price in millionths.
fn pence(micros: i64, quantity: u32) -> i128 {
    let exact = i128::from(micros) * i128::from(quantity);
    let below = exact / 10_000;
    let above = below + 1;
    match (exact - below * 10_000).cmp(&(above * 10_000 - exact)) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => above,
        std::cmp::Ordering::Equal => below + below % 2,
    }
}

fn minor(amount: Money) -> i128 {
    i128::from(amount.minor())
}

/// One of three rates: 7.77 % on top, 20 % in the price, nothing.
pub(super) fn tax() -> impl Strategy<Value = LineRate> {
    prop_oneof![
        Just(line_rate(1, 777, TaxTreatment::Exclusive)),
        Just(line_rate(2, 2_000, TaxTreatment::Inclusive)),
        Just(line_rate(3, 0, TaxTreatment::Exclusive)),
    ]
}

pub(super) fn place_line() -> impl Strategy<Value = PlaceLine> {
    let micros =
        prop_oneof![4 => (0..=2_000_i64).prop_map(|n| n * 5_000), 1 => 0..=100_000_000_i64, 1 => Just(0)];
    let place = prop::option::of(1..=3_u64);
    let vendor = prop::option::of(1..=2_u64);
    let tax = prop::option::of(tax());
    (1..=4_u64, 1..=40_u32, micros, place, vendor, tax).prop_map(|(of, number, micros, from, vendor, tax)| {
        let from: Vec<(u64, u32)> = from.map(|place| (place, number)).into_iter().collect();
        PlaceLine {
            unit_price: UnitPrice::from_micros(micros, Currency::GBP),
            company: vendor.map(company),
            tax,
            ..line(of, number, "1", &from)
        }
    })
}

/// An order whose discount is a share (in thousandths) of its subtotal; two vendors pay commission, one of them 7.77%.
pub(super) fn place_order() -> impl Strategy<Value = PlaceOrder> {
    let lines = prop::collection::vec(place_line(), 1..12);
    (lines, 0..=1_000_i128, 0..=10_000_i64, 0..=10_000_i64).prop_map(|(lines, share, delivery, tax)| {
        let subtotal: i128 =
            lines.iter().map(|line| pence(line.unit_price.micros(), line.quantity.get())).sum();
        PlaceOrder {
            discount: Money::from_minor(i64::try_from(subtotal * share / 1_000).unwrap_or(0), Currency::GBP),
            delivery: Money::from_minor(delivery, Currency::GBP),
            tax: Money::from_minor(tax, Currency::GBP),
            terms: vec![terms(1, 777), terms(2, 10_000)],
            ..order_of(lines)
        }
    })
}

fn state_of(order: PlaceOrder) -> OrderState {
    Order::fold(&[placed(order)])
}

proptest! {
    /// ORD-2.
    #[test]
    fn a_total_is_the_rounded_lines_less_the_discount_plus_delivery_and_tax(order in place_order()) {
        let state = state_of(order.clone());
        let totals = state.totals().expect("it was placed");
        let lines: Vec<i128> = order
            .lines
            .iter()
            .map(|line| pence(line.unit_price.micros(), line.quantity.get()))
            .collect();
        prop_assert_eq!(&lines, &state.lines().iter().map(|line| minor(line.total)).collect::<Vec<_>>());
        let subtotal: i128 = lines.iter().sum();
        prop_assert_eq!(minor(totals.subtotal), subtotal);
        let on_top: i128 = state.lines().iter().map(|line| minor(line.tax_on_top())).sum();
        prop_assert_eq!(minor(totals.tax), minor(order.tax) + on_top);
        let expected = subtotal - minor(order.discount) + minor(order.delivery) + minor(totals.tax);
        prop_assert_eq!(minor(totals.total), expected);
    }

    /// ORD-2: and no line is discounted by more than a unit beside its share, nor below zero.
    #[test]
    fn the_discounts_of_the_lines_sum_to_the_discount(order in place_order()) {
        let state = state_of(order.clone());
        let discounts: Vec<i128> =
            state.lines().iter().map(|line| line.discount.map_or(0, minor)).collect();
        prop_assert_eq!(discounts.iter().sum::<i128>(), minor(order.discount));
        let subtotal: i128 = state.lines().iter().map(|line| minor(line.total)).sum();
        for (line, discount) in state.lines().iter().zip(discounts) {
            prop_assert!(0 <= discount && discount <= minor(line.total));
            let exact_times_subtotal = minor(order.discount) * minor(line.total);
            prop_assert!((discount * subtotal - exact_times_subtotal).abs() < subtotal.max(1));
        }
    }

    #[test]
    fn the_parts_hold_every_allocated_unit_once(order in place_order()) {
        let state = state_of(order.clone());
        let wanted: u64 = order.lines.iter().flat_map(|line| &line.allocations).map(|part| u64::from(part.quantity.get())).sum();
        let held: u64 = state
            .parts()
            .iter()
            .flat_map(|part| state.allocations_of_part(part.number))
            .flat_map(|(_, allocations)| allocations)
            .map(|part| u64::from(part.quantity.get()))
            .sum();
        prop_assert_eq!(held, wanted);
    }
}

#[test]
fn the_oracle_rounds_half_to_even() {
    assert_eq!([5_000, 15_000, 25_000, 4_999, 5_001].map(|micros| pence(micros, 1)), [0, 2, 2, 0, 1]);
    assert_eq!(gbp("0.02").minor(), 2);
}

proptest! {
    /// ORD-8: each rate is rounded once over its lines, by an oracle in whole pence; nobody is taxed twice or not at all.
    #[test]
    fn taxes_of_a_rate_sum_to_its_one_rounding(order in place_order()) {
        let state = state_of(order.clone());
        let asked: Vec<_> = order.lines.iter().map(|line| line.tax.map(|rate| rate.tax_rate)).collect();
        let got: Vec<_> = state.lines().iter().map(|line| line.tax.map(|tax| tax.tax_rate)).collect();
        prop_assert_eq!(asked, got);
        for (of, points, base) in [(1, 777, 10_000), (2, 2_000, 12_000), (3, 0, 10_000)] {
            let taxed = state.lines().iter().filter(|line| line.tax.is_some_and(|tax| tax.tax_rate == tax_rate(of)));
            let (net, tax) = taxed.fold((0, 0), |(net, tax), line| {
                (net + minor(line.net()), tax + line.tax.map_or(0, |tax| minor(tax.amount)))
            });
            // Twice the error of a rounding is at most one.
            prop_assert!((2 * (tax * base - net * points)).abs() <= base, "{tax} of {net}");
        }
    }

    /// No cash order is further from its sum than half of the smallest coin.
    #[test]
    fn coins_are_found_for_every_cash_order(order in place_order(), step in 1..=500_i64) {
        let plain = minor(state_of(order.clone()).totals().expect("it was placed").total);
        let coin = Money::from_minor(step, Currency::GBP);
        let state = state_of(PlaceOrder { cash_step: Some(coin), ..order });
        let totals = state.totals().expect("it was placed");
        prop_assert_eq!(minor(totals.total) % i128::from(step), 0);
        prop_assert_eq!(minor(totals.total) - minor(totals.rounding), plain);
        prop_assert!(2 * minor(totals.rounding).abs() <= i128::from(step));
    }
}
