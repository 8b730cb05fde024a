//! What looks like fraud, and how sure that is.

use domain::{
    decider::Decider,
    fixtures::{gbp, must},
    money::{Currency, Money},
    orders::{
        FraudReason, FraudRules, FraudRulesCommand, FraudRulesError, FraudRulesEvent, FraudSignal,
        LargeAmountRule, PaymentMethod, UnusualAmountRule, VelocityRule,
        fraud::{Features, FraudModel, FraudPolicy, MAX_SCORE, OrderFacts, Verdict},
    },
    spec::given,
};

/// An order that nothing is odd about.
fn usual() -> OrderFacts {
    OrderFacts {
        total: gbp("110.00"),
        payment_method: PaymentMethod::Cash,
        recent_orders: 1,
        earlier_orders: 12,
        mean: Some(gbp("100.00")),
        is_known_destination: true,
        is_known_device: Some(true),
        others_on_device: 0,
        others_at_address: 0,
    }
}

fn active() -> FraudRules {
    FraudRules {
        is_active: true,
        large_amount: Some(LargeAmountRule { points: 200, from: vec![gbp("1500.00")] }),
        ..FraudRules::default()
    }
}

/// The reasons, as rules alone see them.
fn reasons(facts: &OrderFacts) -> Vec<(FraudSignal, u16, Option<u32>)> {
    let found = active().screen(facts, &FraudModel::default());
    found.reasons.iter().map(|reason| (reason.signal, reason.points, reason.observed)).collect()
}

#[test]
fn nothing_is_odd_about_a_usual_order() {
    assert_eq!(reasons(&usual()), []);
    assert_eq!(active().screen(&usual(), &FraudModel::default()).score, 0);
}

#[test]
fn each_signal_begins_where_its_rule_says() {
    let cases = [
        (OrderFacts { recent_orders: 4, ..usual() }, vec![]),
        (OrderFacts { recent_orders: 5, ..usual() }, vec![(FraudSignal::Velocity, 300, Some(5))]),
        (OrderFacts { total: gbp("499.99"), ..usual() }, vec![]),
        (OrderFacts { total: gbp("500.00"), ..usual() }, vec![(FraudSignal::UnusualAmount, 250, Some(500))]),
        (OrderFacts { total: gbp("1499.99"), mean: None, ..usual() }, vec![]),
        (
            OrderFacts { total: gbp("1500.00"), mean: None, ..usual() },
            vec![(FraudSignal::LargeAmount, 200, None)],
        ),
        (
            OrderFacts { is_known_destination: false, ..usual() },
            vec![(FraudSignal::NewDestination, 200, None)],
        ),
        (OrderFacts { is_known_device: Some(false), ..usual() }, vec![(FraudSignal::NewDevice, 150, None)]),
        (OrderFacts { is_known_device: None, ..usual() }, vec![]),
        (OrderFacts { others_on_device: 1, ..usual() }, vec![]),
        (OrderFacts { others_on_device: 2, ..usual() }, vec![(FraudSignal::SharedDevice, 350, Some(2))]),
        (OrderFacts { others_at_address: 2, ..usual() }, vec![]),
        (OrderFacts { others_at_address: 3, ..usual() }, vec![(FraudSignal::SharedAddress, 150, Some(3))]),
    ];
    for (facts, wanted) in cases {
        assert_eq!(reasons(&facts), wanted, "{facts:?}");
    }
}

#[test]
fn a_first_order_is_new_and_nothing_else() {
    let first = OrderFacts {
        earlier_orders: 0,
        mean: None,
        is_known_destination: false,
        is_known_device: Some(false),
        ..usual()
    };
    assert_eq!(reasons(&first), [(FraudSignal::FirstOrder, 100, None)]);
}

#[test]
fn limits_are_of_their_own_currency() {
    let yen = Money::from_minor(9_000_000, Currency::JPY);
    assert_eq!(reasons(&OrderFacts { total: yen, mean: None, ..usual() }), []);
}

#[test]
fn a_score_is_at_most_the_highest() {
    let all = OrderFacts {
        total: gbp("9000.00"),
        recent_orders: 50,
        is_known_destination: false,
        is_known_device: Some(false),
        others_on_device: 9,
        others_at_address: 9,
        ..usual()
    };
    let found = active().screen(&all, &FraudModel::default());
    assert_eq!(found.score, MAX_SCORE);
    assert_eq!(found.reasons.len(), 7);
}

#[test]
fn orders_are_held_from_the_threshold_on_and_only_while_rules_are_active() {
    assert!(!active().holds(499));
    assert!(active().holds(500));
    assert!(!FraudRules::default().holds(1_000));
}

fn taught(odd: &OrderFacts, frauds: u64, honest: u64) -> FraudModel {
    let mut model = FraudModel::default();
    model.learn(&Features::of(odd), Verdict::Fraud, frauds);
    model.learn(&Features::of(&usual()), Verdict::Honest, honest);
    model
}

#[test]
fn the_model_says_nothing_before_it_knows_enough_of_both_kinds() {
    let odd = OrderFacts { recent_orders: 4, others_on_device: 1, ..usual() };
    let signals = |model: &FraudModel| {
        let found = active().screen(&odd, model).reasons;
        found.iter().map(|reason| reason.signal).collect::<Vec<_>>()
    };
    assert_eq!(signals(&taught(&odd, 10, 39)), []);
    assert_eq!(signals(&taught(&odd, 0, 500)), []);
    assert_eq!(signals(&taught(&odd, 500, 0)), []);
    assert_eq!(signals(&taught(&odd, 10, 40)), [FraudSignal::Model]);
}

#[test]
fn what_was_fraud_before_is_likely_to_be_again() {
    let odd = OrderFacts { recent_orders: 4, others_on_device: 1, ..usual() };
    let model = taught(&odd, 30, 300);
    let (likely, unlikely) =
        (model.likelihood(&Features::of(&odd)), model.likelihood(&Features::of(&usual())));
    assert!(likely > 900, "{likely}");
    assert!(unlikely < 5, "{unlikely}");
    let found = active().screen(&odd, &model);
    let points = must(u16::try_from(u32::from(likely) * 600 / 1_000));
    let reason = FraudReason {
        signal: FraudSignal::Model,
        points,
        observed: Some(likely.into()),
    };
    assert_eq!(found.reasons, [reason]);
    assert_eq!((model.version(), model.frauds()), (330, 30));
}

#[test]
fn without_any_lesson_fraud_is_as_likely_as_not() {
    assert_eq!(FraudModel::default().likelihood(&Features::of(&usual())), 500);
}

#[test]
fn rules_are_replaced_as_a_whole() {
    let revised = FraudRulesEvent::FraudRulesRevised { rules: active() };
    let revise = |rules| FraudRulesCommand::Revise { rules };
    let state = given::<FraudPolicy>(&[]).when(revise(active())).then(std::slice::from_ref(&revised));
    assert_eq!(*state.rules(), active());
    given::<FraudPolicy>(&[revised]).when(revise(active())).then(&[]);
    assert!(!FraudPolicy::fold([]).rules().is_active);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let from = |from| FraudRules {
        large_amount: Some(LargeAmountRule { points: 1, from }),
        ..active()
    };
    let velocity = |points, orders, within_minutes| FraudRules {
        velocity: Some(VelocityRule { points, orders, within_minutes }),
        ..active()
    };
    let out_of = |pointer, min, max| FraudRulesError::OutOfRange { pointer, min, max };
    let cases = [
        (FraudRules { hold_at: 0, ..active() }, out_of("/hold_at", 1, 1_000)),
        (FraudRules { hold_at: 1_001, ..active() }, out_of("/hold_at", 1, 1_000)),
        (velocity(0, 5, 60), out_of("/velocity/points", 1, 1_000)),
        (velocity(1, 1, 60), out_of("/velocity/orders", 2, 1_000)),
        (velocity(1, 2, 10_081), out_of("/velocity/within_minutes", 1, 10_080)),
        (FraudRules { first_order: Some(0), ..active() }, out_of("/first_order", 1, 1_000)),
        (from(vec![]), FraudRulesError::NoLimits),
        (from(vec![gbp("5"), gbp("0")]), FraudRulesError::LimitNotPositive { index: 1 }),
        (from(vec![gbp("5"), gbp("6")]), FraudRulesError::RepeatedCurrency { index: 1 }),
        (
            FraudRules {
                unusual_amount: Some(UnusualAmountRule { points: 1, percent: 100 }),
                ..active()
            },
            out_of("/unusual_amount/percent", 101, 100_000),
        ),
    ];
    for (rules, refusal) in cases {
        given::<FraudPolicy>(&[]).when(FraudRulesCommand::Revise { rules }).then_err(refusal);
    }
}
