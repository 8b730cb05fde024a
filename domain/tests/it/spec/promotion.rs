use domain::{
    fixtures::{
        at, gbp,
        pricing::{amount_off, between, bundle, buy_get, offer, percent_off, rate, terms},
        product, reason, units,
    },
    money::{Currency, Money},
    pricing::{
        Activation, BuyXGetY, Limits, MAX_BUNDLE_ITEMS, MAX_PER_CUSTOMER, MAX_SCOPE, Offer, PercentageOff,
        PricingError, Promotion, PromotionCommand, PromotionEvent, PromotionTerms, Reward, Scope, Validity,
    },
    spec::given,
};

fn create(terms: PromotionTerms) -> PromotionCommand {
    PromotionCommand::Create { terms, now: at(0) }
}

fn revise(terms: PromotionTerms) -> PromotionCommand {
    PromotionCommand::Revise { terms, now: at(0) }
}

fn end() -> PromotionCommand {
    PromotionCommand::End { reason: Some(reason("sold out")) }
}

fn sale() -> PromotionTerms {
    terms(percent_off(1_000))
}

fn created(terms: PromotionTerms) -> PromotionEvent {
    PromotionEvent::PromotionCreated { terms: Box::new(terms) }
}

fn ended() -> PromotionEvent {
    PromotionEvent::PromotionEnded { reason: Some(reason("sold out")) }
}

fn refused(terms: PromotionTerms, error: PricingError) {
    given::<Promotion>(&[]).when(create(terms.clone())).then_err(error.clone());
    given::<Promotion>(&[created(sale())]).when(revise(terms)).then_err(error);
}

fn refused_offer(offer: Offer, error: PricingError) {
    refused(terms(offer), error);
}

#[test]
fn a_promotion_is_created_once() {
    let state = given::<Promotion>(&[]).when(create(sale())).then(&[created(sale())]);
    assert_eq!(*state.promotion().expect("it exists").terms, sale());
    given::<Promotion>(&[created(sale())]).when(create(sale())).then_err(PricingError::PromotionExists);
}

#[test]
fn a_promotion_is_revised_as_a_whole() {
    let other = PromotionTerms { priority: 7, ..terms(amount_off("5")) };
    let event = PromotionEvent::PromotionRevised { terms: Box::new(other.clone()) };
    given::<Promotion>(&[created(sale())])
        .when(revise(other.clone()))
        .then(std::slice::from_ref(&event));
    given::<Promotion>(&[created(sale()), event]).when(revise(other)).then_nothing();
    given::<Promotion>(&[]).when(revise(sale())).then_err(PricingError::PromotionNotFound);
}

#[test]
fn a_promotion_ends_for_good() {
    given::<Promotion>(&[created(sale())]).when(end()).then(&[ended()]);
    given::<Promotion>(&[created(sale()), ended()]).when(end()).then_nothing();
    given::<Promotion>(&[]).when(end()).then_err(PricingError::PromotionNotFound);
    let other = terms(percent_off(500));
    given::<Promotion>(&[created(sale()), ended()])
        .when(revise(other))
        .then_err(PricingError::PromotionEnded);
}

#[test]
fn its_time_must_come_and_not_be_over() {
    let with = |validity| PromotionTerms { validity, ..sale() };
    refused(with(between(5, 5)), PricingError::EmptyValidity);
    refused(with(between(-5, 0)), PricingError::OverAlready);
    given::<Promotion>(&[]).when(create(with(between(-5, 1)))).then_accepted();
    assert!(between(0, 5).holds(at(0)) && between(0, 5).holds(at(4)));
    assert!(!between(0, 5).holds(at(-1)) && !between(0, 5).holds(at(5)));
    assert!(Validity { from: at(0), until: None }.holds(at(1_000_000)));
}

#[test]
fn it_takes_something_off() {
    refused_offer(percent_off(0), PricingError::ZeroRate);
    let free = BuyXGetY { buy: units(2), get: units(1), rate: rate(0) };
    refused_offer(offer(Reward::BuyXGetY(free)), PricingError::ZeroRate);
    refused_offer(amount_off("0"), PricingError::AmountTooSmall { pointer: "/reward/amount" });
    refused_offer(bundle(&[(1, 1)], "-1"), PricingError::AmountTooSmall { pointer: "/reward/price" });
    let capped = Offer { cap: Some(gbp("0")), ..percent_off(500) };
    refused_offer(capped, PricingError::AmountTooSmall { pointer: "/cap" });
    let minimum = Offer { minimum: Some(gbp("-0.01")), ..percent_off(500) };
    refused_offer(minimum, PricingError::AmountTooSmall { pointer: "/minimum" });
    let given_away = Offer { minimum: Some(gbp("0")), ..bundle(&[(1, 1)], "0") };
    given::<Promotion>(&[]).when(create(terms(given_away))).then_accepted();
}

#[test]
fn its_amounts_are_in_one_currency() {
    let euros = Some(Money::from_minor(500, Currency::EUR));
    let minimum = Offer { minimum: euros, ..amount_off("5") };
    refused_offer(minimum, PricingError::CurrencyMismatch { pointer: "/minimum" });
    let cap = Offer { cap: euros, minimum: Some(gbp("1")), ..percent_off(500) };
    refused_offer(cap, PricingError::CurrencyMismatch { pointer: "/cap" });
}

#[test]
fn a_bundle_names_each_of_its_products_once() {
    refused_offer(bundle(&[], "5"), PricingError::NoBundleItems);
    refused_offer(bundle(&[(1, 1), (2, 1), (1, 3)], "5"), PricingError::RepeatedBundleItem { index: 2 });
    let many: Vec<(u64, u32)> = (0..21).map(|number| (number, 1)).collect();
    let too_many = PricingError::TooManyEntries { pointer: "/reward/items", max: MAX_BUNDLE_ITEMS };
    refused_offer(bundle(&many, "5"), too_many);
}

#[test]
fn a_scope_is_bounded() {
    let products = (0..=u64::try_from(MAX_SCOPE).expect("small")).map(product).collect();
    let scope = Scope { products, ..Scope::default() };
    let too_many = PricingError::TooManyEntries { pointer: "/scope/products", max: MAX_SCOPE };
    refused_offer(Offer { scope, ..percent_off(500) }, too_many);
}

#[test]
fn limits_can_be_changed_but_not_added() {
    let with = |total, per_customer| PromotionTerms { limits: Limits { total, per_customer }, ..sale() };
    let zero = |pointer, max| PricingError::LimitOutOfRange { pointer, max };
    refused(with(Some(0), None), zero("/limits/total", u32::MAX));
    refused(with(None, Some(0)), zero("/limits/per_customer", MAX_PER_CUSTOMER.into()));
    refused(with(None, Some(MAX_PER_CUSTOMER + 1)), zero("/limits/per_customer", MAX_PER_CUSTOMER.into()));
    let added = |pointer| PricingError::LimitCannotBeAdded { pointer };
    given::<Promotion>(&[created(sale())])
        .when(revise(with(Some(9), None)))
        .then_err(added("/limits/total"));
    given::<Promotion>(&[created(sale())])
        .when(revise(with(None, Some(9))))
        .then_err(added("/limits/per_customer"));
    given::<Promotion>(&[created(with(Some(9), Some(3)))])
        .when(revise(with(Some(2), Some(1))))
        .then_accepted();
    given::<Promotion>(&[created(with(Some(9), Some(3)))])
        .when(revise(with(None, None)))
        .then_accepted();
}

#[test]
fn the_slots_of_a_customer_are_as_many_as_they_ever_were() {
    let with = |per_customer| PromotionTerms { limits: Limits { total: None, per_customer }, ..sale() };
    let revised = |per_customer| PromotionEvent::PromotionRevised { terms: Box::new(with(per_customer)) };
    let slots = |history: &[PromotionEvent]| {
        given::<Promotion>(history).state().promotion().map(|promotion| promotion.slots)
    };
    assert_eq!(slots(&[created(with(Some(3))), revised(Some(5)), revised(Some(1))]), Some(5));
    assert_eq!(slots(&[created(sale())]), Some(0));
}

#[test]
fn it_stays_automatic_or_for_coupons() {
    let coupon = PromotionTerms { activation: Activation::Coupon, ..sale() };
    given::<Promotion>(&[created(sale())])
        .when(revise(coupon))
        .then_err(PricingError::ActivationChanged);
}

#[test]
fn every_kind_of_reward_is_accepted() {
    let half = Reward::Percentage(PercentageOff { rate: rate(5_000) });
    for offer in [
        offer(half),
        amount_off("1"),
        buy_get(2, 1),
        bundle(&[(1, 1), (2, 2)], "9.90"),
    ] {
        given::<Promotion>(&[]).when(create(terms(offer))).then_accepted();
    }
}
