use domain::{
    decider::Decider,
    fixtures::{
        account, at, gbp, must, price,
        pricing::{amount_off, goods, of_products, percent_off, terms},
    },
    money::{Currency, Money},
    pricing::{
        Limits, PastLine, PastOrder, PricingError, Promotion, PromotionCommand, PromotionTerms, Scope,
        Simulated, Simulation, Stacking,
    },
};

/// Ten units of the first product at 2.00, one of the second at 5.00, of which one pound was off.
fn order(customer: Option<u64>) -> PastOrder {
    let line = |goods, discount, unit_cost| PastLine { goods, discount, unit_cost };
    PastOrder {
        customer: customer.map(account),
        groups: Vec::new(),
        zone: None,
        currency: Currency::GBP,
        lines: vec![
            line(goods(1, 10, "2.00"), Money::zero(Currency::GBP), Some(price("1.20"))),
            line(goods(2, 1, "5.00"), gbp("1.00"), None),
        ],
    }
}

fn simulated(terms: PromotionTerms, orders: &[PastOrder]) -> Simulation {
    let mut simulation = must(Simulation::new(terms, at(0)));
    for order in orders {
        must(simulation.order(order.clone()));
    }
    simulation
}

fn sums(simulation: &Simulation) -> Simulated {
    simulation.sums().next().map(|(_, sums)| sums).unwrap_or_default()
}

#[test]
fn the_sums_are_those_of_the_orders_and_of_what_would_have_been_taken_off() {
    let simulation = simulated(terms(percent_off(1_000)), &[order(None), order(None)]);
    // A tenth of 20.00 and of the 4.00 that the other discount left.
    let wanted = Simulated {
        orders: 2,
        touched: 2,
        net: 4_800,
        cost: 480,
        margin: 1_600,
        margin_after: 1_200,
        net_of_unknown_cost: 800,
    };
    assert_eq!(sums(&simulation), wanted);
    assert!(simulation.passed().is_empty());
}

#[test]
fn an_order_that_it_is_not_for_is_counted_with_the_reason() {
    let mut offer = amount_off("3.00");
    offer.scope = of_products(&[9]);
    let simulation = simulated(terms(offer), &[order(None)]);
    assert_eq!((sums(&simulation).orders, sums(&simulation).touched, sums(&simulation).cost), (1, 0, 0));
    assert_eq!(simulation.passed().iter().collect::<Vec<_>>(), [(&"pricing.nothing_in_scope", &1)]);
}

#[test]
fn an_exclusive_one_leaves_lines_alone_that_something_has_reduced() {
    let mut offer = percent_off(1_000);
    offer.stacking = Stacking::Exclusive;
    assert_eq!(sums(&simulated(terms(offer), &[order(None)])).cost, 200);
}

#[test]
fn groups_count() {
    let mut offer = percent_off(1_000);
    offer.scope = Scope {
        customer_groups: [domain::fixtures::text("bakery")].into(),
        ..Scope::default()
    };
    let of_group = PastOrder {
        groups: vec![domain::fixtures::text("bakery")],
        ..order(None)
    };
    assert_eq!(sums(&simulated(terms(offer), &[order(None), of_group])).touched, 1);
}

#[test]
fn limits_count_in_the_order_of_time() {
    let limited = |total, per_customer| PromotionTerms {
        limits: Limits { total, per_customer },
        ..terms(percent_off(1_000))
    };
    let orders = [order(Some(1)), order(Some(1)), order(Some(2)), order(None)];
    assert_eq!(sums(&simulated(limited(Some(3), None), &orders)).touched, 3);
    let per_customer = simulated(limited(None, Some(1)), &orders);
    assert_eq!(sums(&per_customer).touched, 2);
    let reasons = [
        (&"pricing.customer_needed", &1),
        (&"pricing.used_up_by_customer", &1),
    ];
    assert_eq!(per_customer.passed().iter().collect::<Vec<_>>(), reasons);
}

#[test]
fn a_draft_keeps_the_rules_of_promotions_but_for_its_time() {
    let over = PromotionTerms {
        validity: domain::pricing::Validity { from: at(-9), until: Some(at(-1)) },
        ..terms(percent_off(1_000))
    };
    let create = PromotionCommand::Create { terms: over.clone(), now: at(0) };
    assert_eq!(Promotion::decide(&Default::default(), create), Err(PricingError::OverAlready));
    assert!(Simulation::new(over, at(0)).is_ok());
    let limits = Limits { total: Some(0), per_customer: None };
    let nothing = PromotionTerms { limits, ..terms(percent_off(1_000)) };
    assert!(matches!(Simulation::new(nothing, at(0)), Err(PricingError::LimitOutOfRange { .. })));
}
