use domain::{
    fixtures::{
        at,
        pricing::{between, coupon_terms, percent_off},
        promotion, reason,
    },
    pricing::{
        Coupon, CouponCode, CouponCommand, CouponEvent, CouponTerms, Grant, Inapplicable, Limits,
        PricingError,
    },
    spec::given,
};

fn create(terms: CouponTerms) -> CouponCommand {
    CouponCommand::Create { terms, now: at(0) }
}

fn revise(terms: CouponTerms) -> CouponCommand {
    CouponCommand::Revise { terms, now: at(0) }
}

fn end() -> CouponCommand {
    CouponCommand::End { reason: Some(reason("leaked")) }
}

fn ten_percent() -> CouponTerms {
    coupon_terms(percent_off(1_000))
}

fn created(terms: CouponTerms) -> CouponEvent {
    CouponEvent::CouponCreated { terms: Box::new(terms) }
}

fn ended() -> CouponEvent {
    CouponEvent::CouponEnded { reason: Some(reason("leaked")) }
}

#[test]
fn a_code_is_given_out_once_for_ever() {
    given::<Coupon>(&[]).when(create(ten_percent())).then(&[created(ten_percent())]);
    for history in [
        vec![created(ten_percent())],
        vec![created(ten_percent()), ended()],
    ] {
        given::<Coupon>(&history).when(create(ten_percent())).then_err(PricingError::CouponCodeTaken);
    }
}

#[test]
fn a_coupon_is_revised_as_a_whole_and_ends_for_good() {
    let other = CouponTerms { grant: Grant::Promotion(promotion(1)), ..ten_percent() };
    let revised = CouponEvent::CouponRevised { terms: Box::new(other.clone()) };
    given::<Coupon>(&[created(ten_percent())]).when(revise(other.clone())).then(&[revised]);
    given::<Coupon>(&[created(ten_percent())]).when(revise(ten_percent())).then_nothing();
    given::<Coupon>(&[created(ten_percent())]).when(end()).then(&[ended()]);
    given::<Coupon>(&[created(ten_percent()), ended()]).when(end()).then_nothing();
    given::<Coupon>(&[created(ten_percent()), ended()])
        .when(revise(other.clone()))
        .then_err(PricingError::CouponEnded);
    given::<Coupon>(&[]).when(revise(other)).then_err(PricingError::CouponNotFound);
    given::<Coupon>(&[]).when(end()).then_err(PricingError::CouponNotFound);
}

#[test]
fn the_rules_of_promotions_hold_for_its_own_offer() {
    let zero = coupon_terms(percent_off(0));
    given::<Coupon>(&[]).when(create(zero)).then_err(PricingError::ZeroRate);
    let over = CouponTerms { validity: between(-9, -1), ..ten_percent() };
    given::<Coupon>(&[]).when(create(over)).then_err(PricingError::OverAlready);
    let limited = CouponTerms {
        limits: Limits { total: Some(5), per_customer: None },
        ..ten_percent()
    };
    given::<Coupon>(&[created(ten_percent())])
        .when(revise(limited))
        .then_err(PricingError::LimitCannotBeAdded { pointer: "/limits/total" });
}

#[test]
fn a_code_is_typed_as_people_like() {
    let code = |text| CouponCode::parse(text).map(|code| code.to_string());
    assert_eq!(code(" summer-26 ").as_deref(), Ok("SUMMER-26"));
    for wrong in [
        "ab",
        "",
        "SUMMER 26",
        "SUMMER_26",
        "صيف٢٦",
        &"A".repeat(33),
        "A\0B",
    ] {
        assert!(code(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_coupon_is_taken_from_its_first_moment_until_its_last() {
    let at_minute = |minute| Inapplicable::check_time(&between(0, 5), at(minute));
    assert_eq!(at_minute(-1), Err(Inapplicable::NotBegun { from: at(0) }));
    assert_eq!(at_minute(0), Ok(()));
    assert_eq!(at_minute(5), Err(Inapplicable::Over { until: at(5) }));
}
