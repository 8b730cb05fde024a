use domain::{
    fixtures::{
        at, category, company, gbp, must,
        pricing::{amount_off, between, bundle, goods, of_products, percent_off, terms},
        promotion, text,
    },
    money::{Currency, Money},
    pricing::{
        Activation, BookCommand, BookEvent, FixedOff, MAX_LIVE, Offer, PricingError, PromotionBook,
        PromotionTerms, Reward, Scope, Stacking, Validity,
    },
    spec::given,
};

fn list(number: u64, terms: PromotionTerms) -> BookCommand {
    BookCommand::List {
        promotion: promotion(number),
        terms: Box::new(terms),
        slots: 0,
        now: at(0),
    }
}

fn listed(number: u64, terms: PromotionTerms) -> BookEvent {
    BookEvent::PromotionListed {
        promotion: promotion(number),
        terms: Box::new(terms),
        slots: 0,
    }
}

fn delisted(number: u64) -> BookEvent {
    BookEvent::PromotionDelisted { promotion: promotion(number) }
}

fn sale() -> PromotionTerms {
    terms(percent_off(1_000))
}

fn exclusive(offer: Offer) -> PromotionTerms {
    terms(Offer { stacking: Stacking::Exclusive, ..offer })
}

fn scoped(scope: Scope) -> PromotionTerms {
    exclusive(Offer { scope, ..percent_off(1_000) })
}

#[test]
fn what_is_listed_stands_in_the_book_until_it_is_struck_out() {
    let state = given::<PromotionBook>(&[]).when(list(1, sale())).then(&[listed(1, sale())]);
    assert_eq!(state.find(promotion(1)).map(|listed| (*listed.terms).clone()), Some(sale()));
    let state = given::<PromotionBook>(&[listed(1, sale())])
        .when(BookCommand::Delist { promotion: promotion(1) })
        .then(&[delisted(1)]);
    assert!(state.listed().is_empty());
    given::<PromotionBook>(&[]).when(BookCommand::Delist { promotion: promotion(1) }).then_nothing();
}

#[test]
fn a_new_entry_replaces_the_old_one() {
    let dearer = terms(percent_off(500));
    let state = given::<PromotionBook>(&[listed(1, sale())])
        .when(list(1, dearer.clone()))
        .then(&[listed(1, dearer)]);
    assert_eq!(state.listed().len(), 1);
}

#[test]
fn the_greatest_priority_comes_first_and_then_the_oldest() {
    let with = |priority| PromotionTerms { priority, ..sale() };
    let history = [
        listed(3, with(5)),
        listed(2, with(0)),
        listed(1, with(0)),
        listed(4, with(-1)),
        listed(5, with(9)),
    ];
    let state = given::<PromotionBook>(&history).state();
    let order: Vec<_> = state.listed().iter().map(|listed| listed.promotion).collect();
    assert_eq!(order, [5, 3, 1, 2, 4].map(promotion));
}

#[test]
fn only_what_applies_by_itself_runs_by_itself_and_in_its_time() {
    let by_coupon = PromotionTerms { activation: Activation::Coupon, ..sale() };
    let later = PromotionTerms { validity: between(5, 9), ..sale() };
    let state = given::<PromotionBook>(&[listed(1, sale()), listed(2, by_coupon), listed(3, later)]).state();
    let running = |minute| state.running(at(minute)).map(|listed| listed.promotion).collect::<Vec<_>>();
    assert_eq!(running(0), [promotion(1)]);
    assert_eq!(running(5), [promotion(1), promotion(3)]);
    assert_eq!(running(9), [promotion(1)]);
}

/// What users of another shop complain about (Sylius 14983, 9777): each step of a purchase looked at every promotion there is.
#[test]
fn sylius_14983_a_purchase_looks_at_the_promotions_of_its_goods_and_at_no_other() {
    let entry = |number: u64| match number % 3 {
        0 => listed(number, PromotionTerms { activation: Activation::Coupon, ..sale() }),
        1 => listed(number, terms(Offer { scope: of_products(&[number]), ..percent_off(500) })),
        _ => listed(number, PromotionTerms { validity: between(5, 9), ..sale() }),
    };
    let full: Vec<BookEvent> = (0..u64::try_from(MAX_LIVE).expect("small")).map(entry).collect();
    let state = given::<PromotionBook>(&full).state();
    assert_eq!(state.listed().len(), MAX_LIVE);
    let bought = [
        goods(7, 1, "10"),
        goods(8, 2, "10"),
        goods(9, 1, "10"),
        goods(10, 5, "10"),
    ];
    let looked_at: Vec<_> =
        state.running_for(at(0), &bought, &[]).iter().map(|listed| listed.promotion).collect();
    assert_eq!(looked_at, [promotion(7), promotion(10)]);
}

#[test]
fn what_is_over_leaves_the_book_with_the_next_entry() {
    let past = PromotionTerms { validity: between(-9, 0), ..sale() };
    given::<PromotionBook>(&[listed(1, past), listed(2, sale())])
        .when(list(3, sale()))
        .then(&[delisted(1), listed(3, sale())]);
}

#[test]
fn the_book_is_bounded() {
    let full: Vec<BookEvent> =
        (0..u64::try_from(MAX_LIVE).expect("small")).map(|number| listed(number, sale())).collect();
    given::<PromotionBook>(&full)
        .when(list(9_999, sale()))
        .then_err(PricingError::TooManyLive { max: MAX_LIVE });
    given::<PromotionBook>(&full).when(list(7, terms(percent_off(1)))).then_accepted();
}

#[track_caller]
fn overlap(one: PromotionTerms, other: PromotionTerms) -> bool {
    let with = vec![(promotion(1), one.validity)];
    let history = [listed(1, one)];
    let outcome = given::<PromotionBook>(&history).when(list(2, other.clone()));
    let state = given::<PromotionBook>(&history).state();
    let refused = <PromotionBook as domain::decider::Decider>::decide(&state, list(2, other)).is_err();
    if refused {
        outcome.then_err(PricingError::ExclusiveOverlap { with });
    } else {
        outcome.then_accepted();
    }
    refused
}

#[test]
fn exclusive_promotions_for_the_same_goods_are_refused() {
    let everything = || scoped(Scope::default());
    let products = |numbers: &[u64]| scoped(of_products(numbers));
    assert!(overlap(everything(), everything()));
    assert!(overlap(everything(), products(&[1])));
    assert!(overlap(products(&[1, 2]), products(&[2, 3])));
    assert!(!overlap(products(&[1, 2]), products(&[3])));
    let categories = |number| scoped(Scope { categories: [category(number)].into(), ..Scope::default() });
    assert!(overlap(categories(1), categories(1)));
    assert!(!overlap(categories(1), categories(2)));
    let tea_set = || exclusive(bundle(&[(1, 1), (2, 1)], "5"));
    assert!(overlap(tea_set(), products(&[2])));
    assert!(!overlap(tea_set(), products(&[3])));
}

#[test]
fn exclusive_promotions_for_others_or_at_other_times_are_not() {
    let zone = |zone| scoped(Scope { zones: [text(zone)].into(), ..Scope::default() });
    assert!(overlap(zone("north"), zone("north")));
    assert!(!overlap(zone("north"), zone("south")));
    let group = |code| scoped(Scope { customer_groups: [text(code)].into(), ..Scope::default() });
    assert!(!overlap(group("wholesale"), group("staff")));
    let of = |number| scoped(Scope { companies: [company(number)].into(), ..Scope::default() });
    assert!(!overlap(of(1), of(2)));
    let during = |validity: Validity| PromotionTerms { validity, ..scoped(Scope::default()) };
    assert!(overlap(during(between(0, 5)), during(between(4, 9))));
    assert!(!overlap(during(between(0, 5)), during(between(5, 9))));
    let euros = FixedOff { amount: must(Money::parse("5", Currency::EUR)) };
    let in_euros = exclusive(Offer { reward: Reward::Fixed(euros), ..amount_off("1") });
    assert!(!overlap(in_euros, exclusive(amount_off("5"))));
}

#[test]
fn only_exclusive_promotions_that_apply_by_themselves_exclude() {
    let everything = || scoped(Scope::default());
    assert!(!overlap(everything(), sale()));
    assert!(!overlap(sale(), everything()));
    let by_coupon = PromotionTerms { activation: Activation::Coupon, ..everything() };
    assert!(!overlap(everything(), by_coupon));
    let cheap = Offer { minimum: Some(gbp("1")), ..percent_off(1) };
    assert!(overlap(everything(), exclusive(cheap)));
}

#[test]
fn a_promotion_does_not_overlap_itself_or_what_is_over() {
    let everything = || scoped(Scope::default());
    given::<PromotionBook>(&[listed(1, everything())])
        .when(list(1, exclusive(percent_off(5))))
        .then_accepted();
    let past = PromotionTerms { validity: between(-9, 0), ..everything() };
    given::<PromotionBook>(&[listed(1, past)])
        .when(list(2, everything()))
        .then(&[delisted(1), listed(2, everything())]);
}
