//! Taxes and coins in an order.

use domain::{
    decider::Decider,
    fixtures::{
        company, gbp, must, order,
        orders::{delivered_order, line, order_of, placed, returned, returned_lines, terms},
        taxes::line_rate,
    },
    money::Money,
    orders::{Order, OrderError, OrderState, PlaceLine, PlaceOrder},
    payouts::earned_in_order,
    pricing::{LineRate, TaxTreatment},
    spec::given,
};

const EXCLUSIVE: TaxTreatment = TaxTreatment::Exclusive;
const INCLUSIVE: TaxTreatment = TaxTreatment::Inclusive;

fn taxed(rate: LineRate, line: PlaceLine) -> PlaceLine {
    PlaceLine { tax: Some(rate), ..line }
}

fn one(of: u64, price: &str) -> PlaceLine {
    line(of, 1, price, &[(1, 1)])
}

fn state_of(order: PlaceOrder) -> OrderState {
    Order::fold(&[placed(order)])
}

fn taxes(state: &OrderState) -> Vec<Option<Money>> {
    state.lines().iter().map(|line| line.tax.map(|tax| tax.amount)).collect()
}

#[test]
fn a_rate_is_rounded_once_and_split_so_that_the_lines_sum() {
    // 20 % of 3 x 0.33 is 0.198: 0.20, while three roundings of 0.066 would be 0.21.
    let vat = line_rate(1, 2_000, EXCLUSIVE);
    let state = state_of(order_of((1..=3).map(|of| taxed(vat, one(of, "0.33"))).collect()));
    assert_eq!(taxes(&state), [Some(gbp("0.07")), Some(gbp("0.07")), Some(gbp("0.06"))]);
    let totals = *state.totals().unwrap();
    assert_eq!((totals.tax, totals.total), (gbp("0.20"), gbp("1.19")));
}

#[test]
fn what_is_in_the_price_is_told_and_not_added() {
    let vat = line_rate(1, 2_000, INCLUSIVE);
    let untaxed = one(2, "5.00");
    let state = state_of(order_of(vec![taxed(vat, one(1, "12.00")), untaxed]));
    assert_eq!(taxes(&state), [Some(gbp("2.00")), None]);
    let totals = *state.totals().unwrap();
    assert_eq!((totals.tax, totals.total), (gbp("0"), gbp("17.00")));
}

#[test]
fn discounts_come_before_taxes_and_each_rate_is_its_own_sum() {
    let (full, low) = (line_rate(1, 2_000, EXCLUSIVE), line_rate(2, 500, EXCLUSIVE));
    let lines = vec![taxed(full, one(1, "10.00")), taxed(low, one(2, "10.00"))];
    let state = state_of(PlaceOrder { discount: gbp("10.00"), ..order_of(lines) });
    // 5.00 is left of each.
    assert_eq!(taxes(&state), [Some(gbp("1.00")), Some(gbp("0.25"))]);
    assert_eq!(state.totals().unwrap().total, gbp("11.25"));
}

#[test]
fn a_rate_of_nothing_stands_on_the_line_all_the_same() {
    let exempt = line_rate(1, 0, EXCLUSIVE);
    assert_eq!(taxes(&state_of(order_of(vec![taxed(exempt, one(1, "9.99"))]))), [Some(gbp("0"))]);
}

#[test]
fn taxes_are_neither_the_vendors_nor_part_of_the_commission() {
    let line_of = |of, treatment| PlaceLine {
        company: Some(company(1)),
        ..taxed(line_rate(of, 2_000, treatment), one(of, "12.00"))
    };
    let placed = PlaceOrder {
        terms: vec![terms(1, 1_000)],
        ..order_of(vec![line_of(1, INCLUSIVE), line_of(2, EXCLUSIVE)])
    };
    let state = Order::fold(&delivered_order(placed));
    let due = earned_in_order(order(1), &state);
    let earned: Vec<_> = due.iter().map(|due| (due.earnings.sales, due.earnings.commission)).collect();
    // 12.00 with 2.00 of tax in it, and 12.00 with 2.40 on top.
    assert_eq!(earned, [(gbp("10.00"), gbp("1.00")), (gbp("12.00"), gbp("1.20"))]);
}

#[test]
fn a_return_pays_the_tax_back_and_tells_how_much() {
    let vat = line_rate(1, 2_000, EXCLUSIVE);
    let mut history = delivered_order(order_of(vec![taxed(vat, line(1, 3, "0.33", &[(1, 3)]))]));
    let mut paid = Vec::new();
    for step in 1..=3 {
        let credits = must(Order::fold(&history).credit_for(order(1), &returned_lines(&[(1, 1)])));
        paid.extend(
            credits
                .iter()
                .map(|credit| (credit.total, credit.tax.unwrap().amount, credit.net(), credit.revenue())),
        );
        history.push(returned(step, &[(1, 1)]));
    }
    // 0.99 and 0.20 of tax.
    assert_eq!(
        paid,
        [
            (gbp("0.40"), gbp("0.07"), gbp("0.33"), gbp("0.33")),
            (gbp("0.39"), gbp("0.06"), gbp("0.33"), gbp("0.33")),
            (gbp("0.40"), gbp("0.07"), gbp("0.33"), gbp("0.33")),
        ]
    );
}

#[test]
fn a_return_of_goods_with_tax_in_the_price_pays_the_price_back() {
    let vat = line_rate(1, 2_000, INCLUSIVE);
    let history = delivered_order(order_of(vec![taxed(vat, one(1, "12.00"))]));
    let credits = must(Order::fold(&history).credit_for(order(1), &returned_lines(&[(1, 1)])));
    let credit = credits.first().unwrap();
    assert_eq!((credit.total, credit.net(), credit.revenue()), (gbp("12.00"), gbp("12.00"), gbp("10.00")));
}

#[test]
fn a_cash_order_comes_to_what_there_are_coins_for() {
    let total = |price: &str| {
        let order = PlaceOrder {
            cash_step: Some(gbp("0.05")),
            ..order_of(vec![one(1, price)])
        };
        let totals = *state_of(order).totals().unwrap();
        (totals.rounding, totals.total)
    };
    assert_eq!(total("1.02"), (gbp("-0.02"), gbp("1.00")));
    assert_eq!(total("1.03"), (gbp("0.02"), gbp("1.05")));
    assert_eq!(total("1.05"), (gbp("0"), gbp("1.05")));
    let euros = must(Money::parse("0.05", domain::money::Currency::EUR));
    given::<Order>(&[])
        .when(domain::orders::OrderCommand::Place(PlaceOrder {
            cash_step: Some(euros),
            ..order_of(vec![one(1, "1")])
        }))
        .then_err(OrderError::CurrencyMismatch { pointer: "/cash_step".to_owned() });
}
