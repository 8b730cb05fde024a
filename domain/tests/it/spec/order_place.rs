//! Placing an order.

use domain::{
    decider::Decider,
    fixtures::sealed,
    fixtures::{
        account, company, gbp,
        inventory::allocations,
        must,
        orders::{line, order_of, placed, two_part_order},
        price, product, text, warehouse,
    },
    inventory::Allocation,
    money::{Currency, Money, UnitPrice},
    orders::{
        Fulfilment, MAX_LINES, Order, OrderCommand, OrderError, OrderEvent, OrderLine, OrderState,
        OrderStatus, Part, PaymentMethod, PlaceLine, PlaceOrder, Totals,
    },
    quantity::Quantity,
    refusal::Refusal,
    spec::given,
};

fn place(order: PlaceOrder) -> OrderCommand {
    OrderCommand::Place(order)
}

fn state_of(order: PlaceOrder) -> OrderState {
    Order::fold(&[placed(order)])
}

fn part(number: u16, of: Option<u64>, place: Option<u64>) -> Part {
    Part {
        number,
        company: of.map(company),
        warehouse: place.map(warehouse),
        delivery_fee: None,
    }
}

#[test]
fn a_placed_order_freezes_lines_totals_discounts_and_parts() {
    let frozen = |number, of, quantity, unit_price, total, discount, from: &[(u64, u32)]| OrderLine {
        number,
        product: product(of),
        sku: text(&format!("SKU-{of}")),
        quantity: domain::fixtures::units(quantity),
        unit_price: price(unit_price),
        total: gbp(total),
        discount: Some(gbp(discount)),
        tax: None,
        company: None,
        commission: None,
        allocations: allocations(from),
    };
    let order = PlaceOrder {
        customer: Some(account(1)),
        external_id: Some(text("536365")),
        country: Some(text("United Kingdom")),
        zone: Some(text("london")),
        delivery_address: Some(sealed(1, 7)),
        device: None,
        fulfilment: Fulfilment::Pickup,
        payment_method: PaymentMethod::Cash,
        delivery: gbp("4.95"),
        tax: gbp("1.20"),
        ..two_part_order()
    };
    let state = given::<Order>(&[]).when(place(order)).then(&[OrderEvent::OrderPlaced {
        customer: Some(account(1)),
        external_id: Some(text("536365")),
        country: Some(text("United Kingdom")),
        zone: Some(text("london")),
        delivery_address: Some(sealed(1, 7)),
        device: None,
        fulfilment: Fulfilment::Pickup,
        payment_method: PaymentMethod::Cash,
        lines: vec![
            frozen(1, 1, 10, "2.55", "25.50", "0.34", &[(1, 10)]),
            frozen(2, 2, 3, "4.00", "12.00", "0.16", &[(2, 3)]),
        ],
        parts: vec![part(1, None, Some(1)), part(2, None, Some(2))],
        discounts: vec![],
        totals: Totals {
            subtotal: gbp("37.50"),
            discount: gbp("0.50"),
            delivery: gbp("4.95"),
            tax: gbp("1.20"),
            rounding: gbp("0"),
            total: gbp("43.15"),
        },
    }]);
    assert_eq!(state.status(), Some(OrderStatus::Pending));
    assert_eq!(state.customer(), Some(account(1)));
    assert_eq!(state.currency(), Some(Currency::GBP));
    assert_eq!(state.zone(), Some(&text("london")));
    assert_eq!(state.country(), Some(&text("United Kingdom")));
    assert_eq!(state.fulfilment(), Some(Fulfilment::Pickup));
    assert_eq!(state.payment_method(), Some(PaymentMethod::Cash));
    assert_eq!((state.lines().len(), state.parts().len(), state.exists()), (2, 2, true));
}

#[test]
fn an_order_is_placed_once() {
    given::<Order>(&[placed(two_part_order())])
        .when(place(two_part_order()))
        .then_err(OrderError::AlreadyPlaced);
}

#[test]
fn an_order_has_at_least_one_line_and_not_too_many() {
    given::<Order>(&[]).when(place(order_of(vec![]))).then_err(OrderError::NoLines);
    let many = |number: usize| order_of(vec![line(1, 1, "1", &[(1, 1)]); number]);
    given::<Order>(&[]).when(place(many(MAX_LINES))).then_accepted();
    given::<Order>(&[])
        .when(place(many(MAX_LINES + 1)))
        .then_err(OrderError::TooManyLines { max: MAX_LINES });
}

#[test]
fn a_line_total_is_rounded_once_half_to_even() {
    let total = |number, unit_price| {
        let state = state_of(order_of(vec![line(1, number, unit_price, &[])]));
        state.lines().first().map(|line| line.total)
    };
    assert_eq!(total(5, "0.001"), Some(gbp("0.00")));
    assert_eq!(total(15, "0.001"), Some(gbp("0.02")));
    assert_eq!(total(25, "0.001"), Some(gbp("0.02")));
    assert_eq!(total(1000, "0.001234"), Some(gbp("1.23")));
}

#[test]
fn a_price_may_be_zero_but_not_negative() {
    given::<Order>(&[]).when(place(order_of(vec![line(1, 1, "0", &[])]))).then_accepted();
    let lines = vec![line(1, 1, "1", &[]), line(2, 1, "-0.000001", &[])];
    let refused = OrderError::NegativeAmount { pointer: "/lines/1/unit_price".to_owned() };
    assert_eq!(refused.faults().remove(0).pointer, "/lines/1/unit_price");
    given::<Order>(&[]).when(place(order_of(lines))).then_err(refused);
}

#[test]
fn every_amount_is_in_the_currency_of_the_order() {
    let euros = Money::zero(Currency::EUR);
    let mismatch = |pointer: &str| OrderError::CurrencyMismatch { pointer: pointer.to_owned() };
    let order = || two_part_order();
    let cases = [
        (PlaceOrder { discount: euros, ..order() }, "/discount"),
        (PlaceOrder { delivery: euros, ..order() }, "/delivery"),
        (PlaceOrder { tax: euros, ..order() }, "/tax"),
    ];
    for (order, pointer) in cases {
        given::<Order>(&[]).when(place(order)).then_err(mismatch(pointer));
    }
    let mut foreign = two_part_order();
    foreign.lines[1].unit_price = must(UnitPrice::parse("1", Currency::EUR));
    given::<Order>(&[]).when(place(foreign)).then_err(mismatch("/lines/1/unit_price"));
}

#[test]
fn no_charge_is_negative() {
    let negative = |pointer: &str| OrderError::NegativeAmount { pointer: pointer.to_owned() };
    let order = || two_part_order();
    let cases = [
        (PlaceOrder { discount: gbp("-0.01"), ..order() }, "/discount"),
        (PlaceOrder { delivery: gbp("-0.01"), ..order() }, "/delivery"),
        (PlaceOrder { tax: gbp("-0.01"), ..order() }, "/tax"),
    ];
    for (order, pointer) in cases {
        given::<Order>(&[]).when(place(order)).then_err(negative(pointer));
    }
}

#[test]
fn a_discount_may_make_an_order_free_and_not_more() {
    let free = PlaceOrder { discount: gbp("37.50"), ..two_part_order() };
    let state = state_of(free.clone());
    assert_eq!(state.totals().map(|totals| totals.total), Some(gbp("0")));
    given::<Order>(&[])
        .when(place(PlaceOrder { discount: gbp("37.51"), ..free }))
        .then_err(OrderError::DiscountAboveSubtotal);
}

#[test]
fn without_a_discount_lines_have_none() {
    let state = state_of(PlaceOrder { discount: gbp("0"), ..two_part_order() });
    assert!(state.lines().iter().all(|line| line.discount.is_none()));
    let order = order_of(vec![line(1, 1, "10", &[]), line(2, 1, "0", &[])]);
    let state = state_of(PlaceOrder { discount: gbp("1"), ..order });
    let discounts: Vec<_> = state.lines().iter().map(|line| line.discount).collect();
    assert_eq!(discounts, [Some(gbp("1")), None]);
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let out_of_range = |pointer: &str| OrderError::AmountOutOfRange { pointer: pointer.to_owned() };
    let dear = |number: u32| PlaceLine {
        unit_price: UnitPrice::from_micros(i64::MAX, Currency::GBP),
        ..line(1, number, "1", &[])
    };
    given::<Order>(&[])
        .when(place(order_of(vec![dear(u32::MAX)])))
        .then_err(out_of_range("/lines/0/quantity"));
    given::<Order>(&[])
        .when(place(order_of(vec![dear(9_000), dear(9_000)])))
        .then_err(out_of_range("/lines"));
    let tax = Money::from_minor(i64::MAX, Currency::GBP);
    given::<Order>(&[]).when(place(PlaceOrder { tax, ..two_part_order() })).then_err(out_of_range(""));
}

#[test]
fn the_warehouses_of_a_line_fill_it_exactly_or_are_none() {
    for from in [
        &[(1, 4), (2, 5)][..],
        &[(1, 6), (2, 5)],
        &[(1, u32::MAX), (2, u32::MAX)],
    ] {
        given::<Order>(&[])
            .when(place(order_of(vec![line(1, 10, "1", from)])))
            .then_err(OrderError::AllocationMismatch { index: 0 });
    }
    given::<Order>(&[]).when(place(order_of(vec![line(1, 10, "1", &[(1, 4), (2, 6)])]))).then_accepted();
}

#[test]
fn an_order_has_one_part_per_vendor_and_warehouse_in_order_of_appearance() {
    let of = |vendor: Option<u64>, line: PlaceLine| PlaceLine { company: vendor.map(company), ..line };
    let state = state_of(order_of(vec![
        of(Some(1), line(1, 5, "1", &[(2, 3), (1, 2)])),
        of(Some(2), line(2, 1, "1", &[(2, 1)])),
        of(Some(1), line(3, 1, "1", &[(1, 1)])),
        of(None, line(4, 1, "1", &[])),
        of(Some(1), line(5, 1, "1", &[])),
        of(Some(1), line(1, 4, "1", &[(1, 1), (2, 3)])),
    ]));
    assert_eq!(
        state.parts(),
        [
            part(1, Some(1), Some(2)),
            part(2, Some(1), Some(1)),
            part(3, Some(2), Some(2)),
            part(4, None, None),
            part(5, Some(1), None),
        ]
    );
    let of_part = |number| state.allocations_of_part(number);
    assert_eq!(of_part(1), [(product(1), allocations(&[(2, 6)]))]);
    assert_eq!(
        of_part(2),
        [
            (product(1), allocations(&[(1, 3)])),
            (product(3), allocations(&[(1, 1)]))
        ]
    );
    assert_eq!(of_part(3), [(product(2), allocations(&[(2, 1)]))]);
    for none in [4, 5, 6, 0] {
        assert_eq!(of_part(none), []);
    }
    assert_eq!(
        state.allocations(),
        [
            (product(1), allocations(&[(2, 6), (1, 3)])),
            (product(2), allocations(&[(2, 1)])),
            (product(3), allocations(&[(1, 1)])),
        ]
    );
}

#[test]
fn an_order_with_more_parts_than_can_be_numbered_is_refused() {
    let spread = |from: u64| PlaceLine {
        allocations: (from..from + 60)
            .map(|place| Allocation { warehouse: warehouse(place), quantity: Quantity::ONE })
            .collect(),
        ..line(1, 60, "1", &[])
    };
    given::<Order>(&[])
        .when(place(order_of((0..1_100).map(|n| spread(n * 60)).collect())))
        .then_err(OrderError::TooManyParts);
}

#[test]
fn only_an_order_that_exists_can_be_changed() {
    let why = domain::fixtures::reason("none");
    let commands = [
        OrderCommand::Confirm { invoice_number: 1 },
        OrderCommand::Process { part: None },
        OrderCommand::Ship { part: None },
        OrderCommand::Deliver { part: None },
        OrderCommand::Cancel { reason: why },
        domain::fixtures::orders::return_lines(1, &[(1, 1)]),
        OrderCommand::WithdrawReturn { return_id: domain::fixtures::return_id(1) },
    ];
    for command in commands {
        given::<Order>(&[]).when(command).then_err(OrderError::NotFound);
    }
    let nothing = OrderState::default();
    assert_eq!((nothing.status(), nothing.part_status(1), nothing.exists()), (None, None, false));
}
