//! ORD-7: vendors' terms are frozen with the order.

use domain::{
    decider::{Decider, decode},
    fixtures::{
        company, gbp, must, order,
        orders::{delivered_order, line, order_of, placed, rate, returned, returned_lines, terms},
    },
    money::{Currency, Money},
    orders::{
        Commission, Fulfilment, Order, OrderCommand, OrderError, OrderEvent, OrderState, PlaceOrder,
        VendorTerms,
    },
    spec::given,
};

/// Vendor 1 sells 10 x 2.55 from warehouse 1 and 3 x 4.00 from warehouse 2, vendor 2 sells 1 x 7.00; less 0.50.
pub(super) fn two_vendors() -> PlaceOrder {
    let of = |vendor: u64, line| domain::orders::PlaceLine { company: Some(company(vendor)), ..line };
    let lines = vec![
        of(1, line(1, 10, "2.55", &[(1, 10)])),
        of(1, line(2, 3, "4.00", &[(2, 3)])),
        of(2, line(3, 1, "7.00", &[(1, 1)])),
    ];
    PlaceOrder { discount: gbp("0.50"), ..order_of(lines) }
}

pub(super) fn charging(fee: &str, free_from: Option<&str>) -> VendorTerms {
    VendorTerms {
        delivery_fee: Some(gbp(fee)),
        free_from: free_from.map(gbp),
        ..terms(1, 1_000)
    }
}

fn state_of(order: PlaceOrder) -> OrderState {
    Order::fold(&[placed(order)])
}

#[test]
fn a_commission_is_the_vendors_rate_of_the_line_less_its_discount() {
    let state = state_of(PlaceOrder { terms: vec![terms(1, 1_000)], ..two_vendors() });
    let commissions: Vec<_> = state.lines().iter().map(|line| line.commission).collect();
    let of = |amount| Some(Commission { rate: rate(1_000), amount: gbp(amount) });
    // 25.50 - 0.29 and 12.00 - 0.13; vendor 2 has no terms.
    assert_eq!(commissions, [of("2.52"), of("1.19"), None]);
}

#[test]
fn a_delivery_fee_is_charged_for_each_part_and_is_part_of_the_total() {
    let state = state_of(PlaceOrder {
        terms: vec![charging("2.00", None)],
        delivery: gbp("1"),
        ..two_vendors()
    });
    let fees: Vec<_> = state.parts().iter().map(|part| part.delivery_fee).collect();
    assert_eq!(fees, [Some(gbp("2.00")), Some(gbp("2.00")), None]);
    let totals = state.totals().expect("it was placed");
    assert_eq!((totals.delivery, totals.total), (gbp("5.00"), gbp("49.00")));
}

#[test]
fn delivery_is_free_from_the_threshold_on_and_for_what_is_fetched() {
    let fees =
        |order: PlaceOrder| state_of(order).parts().iter().filter_map(|part| part.delivery_fee).count();
    // Vendor 1's lines come to 37.50 - 0.42.
    let from = |least| PlaceOrder { terms: vec![charging("2", Some(least))], ..two_vendors() };
    assert_eq!(fees(from("37.08")), 0);
    assert_eq!(fees(from("37.09")), 2);
    assert_eq!(fees(PlaceOrder { fulfilment: Fulfilment::Pickup, ..from("99") }), 0);
}

#[test]
fn wrong_terms_are_refused() {
    let euros = Money::from_minor(1, Currency::EUR);
    let with = |terms| OrderCommand::Place(PlaceOrder { terms: vec![terms], ..two_vendors() });
    let pointer = || "/terms/0".to_owned();
    given::<Order>(&[])
        .when(with(charging("-1", None)))
        .then_err(OrderError::NegativeAmount { pointer: pointer() });
    given::<Order>(&[])
        .when(with(VendorTerms { free_from: Some(euros), ..charging("1", None) }))
        .then_err(OrderError::CurrencyMismatch { pointer: pointer() });
}

#[test]
fn what_was_frozen_survives_storage() {
    let event = placed(PlaceOrder { terms: vec![charging("2", None)], ..two_vendors() });
    let stored = must(serde_json::to_string(&event));
    assert!(stored.contains(r#""commission_basis_points":1000,"commission":"2.52""#), "{stored}");
    assert_eq!(decode::<OrderEvent>("OrderPlaced", 1, &stored), Ok(event));
}

#[test]
fn a_return_gives_the_vendor_its_share_of_the_commission_back() {
    let mut history = delivered_order(PlaceOrder { terms: vec![terms(1, 1_000)], ..two_vendors() });
    let mut given_back = Vec::new();
    for (step, units) in [(1, 3), (2, 3), (3, 4)] {
        let credit = must(Order::fold(&history).credit_for(order(1), &returned_lines(&[(1, units)])));
        given_back.extend(credit[0].commission);
        history.push(returned(step, &[(1, units)]));
    }
    // 2.52 for 10 units: 0.756, 1.512 and 2.52 so far.
    assert_eq!(given_back, [gbp("0.76"), gbp("0.75"), gbp("1.01")]);
}
