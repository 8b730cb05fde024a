//! Promotions and coupons together, and the order that freezes what they took off.

use std::{convert::Infallible, sync::Arc};

use domain::{
    fixtures::{
        gbp, must,
        orders::{line, order_of},
        pricing::{amount_off, basket, goods, of_products, percent_off, terms},
        promotion,
    },
    orders::{
        AppliedDiscount, DiscountedLine, HeldLimit, Order, OrderCommand, OrderError, OrderEvent, PlaceOrder,
    },
    pricing::{
        Basket, CouponCandidate, CouponCode, CouponOffer, Inapplicable, Limited, Limits, Listed, Offer,
        Outcome, PromotionTerms, Stacking, Subject, apply,
    },
    spec::given,
};

fn running(number: u64, terms: PromotionTerms) -> Listed {
    Listed {
        promotion: promotion(number),
        terms: Arc::new(terms),
        slots: 0,
    }
}

fn code(text: &str) -> CouponCode {
    must(CouponCode::parse(text))
}

fn coupon(text: &str, offer: Offer) -> CouponCandidate {
    let limits = Limited::default();
    CouponCandidate {
        code: code(text),
        standing: Ok(CouponOffer { limits, offer, promotion: None }),
    }
}

fn two() -> Basket {
    basket(vec![goods(1, 10, "2.55"), goods(2, 3, "4.00")])
}

/// Without limits.
fn freely(running: &[Listed], coupons: &[CouponCandidate]) -> Outcome {
    let never = |_: Subject<'_>, _: &Limited| -> Result<Result<HeldLimit, Inapplicable>, Infallible> {
        unreachable!("there are no limits")
    };
    must(apply(&two(), running, coupons, never))
}

fn amounts(outcome: &Outcome) -> Vec<String> {
    outcome.discounts.iter().map(|discount| discount.amount.decimal()).collect()
}

#[test]
fn promotions_come_in_their_order_and_then_coupons_in_theirs() {
    let outcome = freely(
        &[
            running(1, terms(percent_off(1_000))),
            running(2, terms(amount_off("3.75"))),
        ],
        &[
            coupon("TENTH", percent_off(1_000)),
            coupon("ONE", amount_off("1")),
        ],
    );
    // 37.50 - 3.75 - 3.75 = 30.00; a tenth of it; then one.
    assert_eq!(amounts(&outcome), ["3.75", "3.75", "3.00", "1.00"]);
    let named: Vec<_> =
        outcome.discounts.iter().map(|discount| (discount.promotion, discount.coupon.clone())).collect();
    assert_eq!(
        named,
        [
            (Some(promotion(1)), None),
            (Some(promotion(2)), None),
            (None, Some(code("TENTH"))),
            (None, Some(code("ONE"))),
        ]
    );
}

#[test]
fn what_does_not_apply_says_why() {
    let elsewhere = Offer { scope: of_products(&[9]), ..percent_off(1_000) };
    let unknown = CouponCandidate { code: code("GONE"), standing: Err(Inapplicable::Ended) };
    let outcome = freely(&[running(1, terms(elsewhere.clone()))], &[coupon("NINE", elsewhere), unknown]);
    assert!(outcome.discounts.is_empty());
    assert_eq!(outcome.passed, [(promotion(1), Inapplicable::NothingInScope)]);
    assert_eq!(outcome.refused, [(0, Inapplicable::NothingInScope), (1, Inapplicable::Ended)]);
}

#[test]
fn a_coupon_and_its_promotion_count_once_per_order() {
    let twice = [coupon("ONE", amount_off("1")), coupon("ONE", amount_off("1"))];
    assert_eq!(freely(&[], &twice).refused, [(1, Inapplicable::AppliedAlready)]);
    let of_promotion = |text| CouponCandidate {
        code: code(text),
        standing: Ok(CouponOffer {
            limits: Limited::default(),
            offer: percent_off(1_000),
            promotion: Some((promotion(7), Limited::default())),
        }),
    };
    let outcome = freely(&[], &[of_promotion("AAA"), of_promotion("BBB")]);
    assert_eq!(outcome.discounts.first().and_then(|discount| discount.promotion), Some(promotion(7)));
    assert_eq!(outcome.refused, [(1, Inapplicable::AppliedAlready)]);
}

#[test]
fn an_exclusive_promotion_closes_its_lines_to_coupons() {
    let only = Offer { stacking: Stacking::Exclusive, ..percent_off(1_000) };
    let outcome = freely(&[running(1, terms(only))], &[coupon("ONE", amount_off("1"))]);
    assert_eq!(outcome.refused, [(0, Inapplicable::NothingLeft)]);
}

#[test]
fn a_limit_is_asked_for_only_where_something_goes_off() {
    let limited = |offer| PromotionTerms {
        limits: Limits { total: Some(1), per_customer: None },
        ..terms(offer)
    };
    let elsewhere = Offer { scope: of_products(&[9]), ..percent_off(1_000) };
    let promotions = [
        running(1, limited(elsewhere)),
        running(2, limited(percent_off(1_000))),
        running(3, limited(percent_off(1_000))),
    ];
    let mut asked = Vec::new();
    let outcome = must(apply(&two(), &promotions, &[], |subject, _| {
        asked.push(subject.stream());
        Ok::<_, Infallible>(if asked.len() == 1 {
            Ok(HeldLimit { counted: true, slot: None })
        } else {
            Err(Inapplicable::UsedUp { limit: 1 })
        })
    }));
    assert_eq!(asked, [promotion(2).stream(), promotion(3).stream()]);
    assert_eq!(outcome.discounts.len(), 1);
    let held = outcome.discounts.first().and_then(|discount| discount.promotion_limit);
    assert_eq!(held, Some(HeldLimit { counted: true, slot: None }));
    assert_eq!(outcome.passed.last(), Some(&(promotion(3), Inapplicable::UsedUp { limit: 1 })));
}

fn taken_off(lines: &[(u16, &str)]) -> AppliedDiscount {
    let line = |(line, amount): &(u16, &str)| DiscountedLine { line: *line, amount: gbp(amount) };
    let lines: Vec<_> = lines.iter().map(line).collect();
    AppliedDiscount {
        promotion: Some(promotion(1)),
        coupon: Some(code("SUMMER")),
        amount: must(domain::money::Money::sum(
            domain::money::Currency::GBP,
            lines.iter().map(|line| line.amount),
        )),
        lines,
        promotion_limit: Some(HeldLimit { counted: true, slot: Some(2) }),
        coupon_limit: None,
    }
}

fn order_with(discounts: Vec<AppliedDiscount>, further: &str) -> OrderCommand {
    let lines = vec![line(1, 10, "2.55", &[(1, 10)]), line(2, 3, "4.00", &[(2, 3)])];
    OrderCommand::Place(PlaceOrder { discounts, discount: gbp(further), ..order_of(lines) })
}

#[test]
fn an_order_freezes_what_was_taken_off_by_line() {
    let discounts = vec![taken_off(&[(1, "5.50")]), taken_off(&[(1, "10"), (2, "2")])];
    // A further 2.00 is split over what is left: 10.00 and 10.00.
    let events = given::<Order>(&[]).when(order_with(discounts.clone(), "2.00")).then_accepted();
    let state = given::<Order>(&events).state();
    let off: Vec<_> = state.lines().iter().map(|line| line.discount).collect();
    assert_eq!(off, [Some(gbp("16.50")), Some(gbp("3.00"))]);
    let totals = state.totals().expect("it was placed");
    assert_eq!((totals.discount, totals.total), (gbp("19.50"), gbp("18.00")));
    assert_eq!(state.discounts(), discounts);
    // And says so in the log.
    let stored = must(serde_json::to_string(&events));
    assert_eq!(must(serde_json::from_str::<Vec<OrderEvent>>(&stored)), events);
    assert!(stored.contains(
        r#""currency":"GBP","amount":"5.50","lines":[{"line":1,"amount":"5.50"}],"promotion_limit":{"counted":true,"slot":2}"#
    ));
}

#[test]
fn an_order_refuses_shares_that_do_not_fit() {
    let mismatch = |index| OrderError::DiscountMismatch { index };
    let wrong_sum = AppliedDiscount { amount: gbp("1"), ..taken_off(&[(1, "2")]) };
    given::<Order>(&[]).when(order_with(vec![wrong_sum], "0")).then_err(mismatch(0));
    let too_much = vec![taken_off(&[(2, "11")]), taken_off(&[(2, "1.01")])];
    given::<Order>(&[]).when(order_with(too_much, "0")).then_err(mismatch(1));
    for unknown in [0, 3] {
        given::<Order>(&[]).when(order_with(vec![taken_off(&[(unknown, "1")])], "0")).then_err(mismatch(0));
    }
    let negative = taken_off(&[(1, "-1"), (2, "2")]);
    given::<Order>(&[]).when(order_with(vec![negative], "0")).then_err(mismatch(0));
    given::<Order>(&[])
        .when(order_with(vec![taken_off(&[(1, "25.50")])], "12.01"))
        .then_err(OrderError::DiscountAboveSubtotal);
}
