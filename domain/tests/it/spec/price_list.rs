use domain::{
    fixtures::{account, at, must, price, price_list_id, pricing::price_list, text},
    ids::PriceListId,
    money::Currency,
    pricing::{
        Audience, MAX_LIST_PRICES, MAX_PRICE_LISTS, PriceBook, PriceBookCommand, PriceBookEvent,
        PriceBookState, PriceList, PriceListCommand, PriceListEvent, PriceListTerms, PricingError, Validity,
    },
    spec::given,
};

use domain::decider::Decider;

fn create(terms: PriceListTerms) -> PriceListCommand {
    PriceListCommand::Create { terms, now: at(0) }
}

fn created(terms: PriceListTerms) -> PriceListEvent {
    PriceListEvent::PriceListCreated { terms: Box::new(terms) }
}

fn small() -> PriceListTerms {
    price_list(&[(1, 1, "2.40"), (1, 24, "2.15")])
}

#[test]
fn a_list_keeps_its_prices_in_order_however_they_were_given() {
    let mut shuffled = small();
    shuffled.prices.reverse();
    given::<PriceList>(&[]).when(create(shuffled)).then(&[created(small())]);
}

#[test]
fn a_list_is_created_once_revised_and_retired_for_good() {
    given::<PriceList>(&[created(small())])
        .when(create(small()))
        .then_err(PricingError::PriceListExists);
    let other = price_list(&[(1, 1, "2.35")]);
    let revise = PriceListCommand::Revise { terms: other.clone(), now: at(1) };
    given::<PriceList>(&[created(small())])
        .when(revise.clone())
        .then(&[PriceListEvent::PriceListRevised { terms: Box::new(other.clone()) }]);
    given::<PriceList>(&[created(other)]).when(revise.clone()).then_nothing();
    given::<PriceList>(&[]).when(revise.clone()).then_err(PricingError::PriceListNotFound);
    let retired = PriceListEvent::PriceListRetired { reason: None };
    let retire = PriceListCommand::Retire { reason: None };
    given::<PriceList>(&[]).when(retire.clone()).then_err(PricingError::PriceListNotFound);
    given::<PriceList>(&[created(small())]).when(retire.clone()).then(std::slice::from_ref(&retired));
    given::<PriceList>(&[created(small()), retired.clone()]).when(retire).then_nothing();
    given::<PriceList>(&[created(small()), retired])
        .when(revise)
        .then_err(PricingError::PriceListRetired);
}

#[test]
fn a_list_that_would_say_nothing_or_two_things_is_refused() {
    let refused = |change: fn(&mut PriceListTerms), error: PricingError| {
        let mut terms = small();
        change(&mut terms);
        given::<PriceList>(&[]).when(create(terms)).then_err(error);
    };
    refused(|terms| terms.audience = Audience::default(), PricingError::NobodyNamed);
    refused(|terms| terms.prices.clear(), PricingError::NoPrices);
    refused(|terms| terms.prices.push(terms.prices[0]), PricingError::RepeatedPrice { index: 2 });
    refused(|terms| terms.prices[1].unit_price = price("-0.01"), PricingError::NegativePrice { index: 1 });
    refused(|terms| terms.currency = Currency::IQD, PricingError::ForeignPrice { index: 0 });
    refused(
        |terms| terms.validity = Validity { from: at(-9), until: Some(at(-1)) },
        PricingError::OverAlready,
    );
    refused(
        |terms| terms.prices = vec![terms.prices[0]; MAX_LIST_PRICES + 1],
        PricingError::TooManyEntries { pointer: "/prices", max: MAX_LIST_PRICES },
    );
}

fn for_groups(groups: &[&str], priority: i16) -> PriceListTerms {
    let audience = Audience {
        groups: groups.iter().map(|group| text(group)).collect(),
        ..Audience::default()
    };
    PriceListTerms { audience, priority, ..small() }
}

fn for_customers(numbers: &[u64], priority: i16) -> PriceListTerms {
    let audience = Audience {
        customers: numbers.iter().map(|number| account(*number)).collect(),
        ..Audience::default()
    };
    PriceListTerms { audience, priority, ..small() }
}

fn entered(number: u64, terms: &PriceListTerms) -> PriceBookEvent {
    PriceBookEvent::PriceListEntered {
        list: price_list_id(number),
        audience: terms.audience.clone(),
        currency: terms.currency,
        validity: terms.validity,
        priority: terms.priority,
    }
}

fn enter(number: u64, terms: PriceListTerms, minute: i64) -> PriceBookCommand {
    PriceBookCommand::Enter {
        list: price_list_id(number),
        terms: Box::new(terms),
        now: at(minute),
    }
}

fn book(entries: &[(u64, PriceListTerms)]) -> PriceBookState {
    let mut state = PriceBookState::default();
    for (number, terms) in entries {
        PriceBook::evolve(&mut state, &entered(*number, terms));
    }
    state
}

fn ids(numbers: &[u64]) -> Vec<PriceListId> {
    numbers.iter().map(|number| price_list_id(*number)).collect()
}

#[test]
fn the_customers_own_lists_come_before_those_of_the_groups_and_each_by_priority() {
    let book = book(&[
        (1, for_groups(&["bakery"], 9)),
        (2, for_groups(&["bakery", "cafe"], 10)),
        (3, for_customers(&[1], 0)),
        (4, for_customers(&[1, 2], 5)),
        (5, for_customers(&[2], 99)),
        (6, for_groups(&["cafe"], 1)),
    ]);
    let lists = |customer, groups: &[&str]| {
        let groups: Vec<_> = groups.iter().map(|group| text(group)).collect();
        book.lists_for(account(customer), &groups, at(1))
    };
    assert_eq!(lists(1, &["bakery"]), ids(&[4, 3, 2, 1]));
    assert_eq!(lists(1, &[]), ids(&[4, 3]));
    assert_eq!(lists(2, &["cafe"]), ids(&[5, 4, 2, 6]));
    assert_eq!(lists(3, &["others"]), ids(&[]));
}

#[test]
fn a_list_holds_from_its_first_moment_to_before_its_last() {
    let terms = PriceListTerms {
        validity: Validity { from: at(10), until: Some(at(20)) },
        ..for_customers(&[1], 0)
    };
    let book = book(&[(1, terms)]);
    for (minute, holds) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(!book.lists_for(account(1), &[], at(minute)).is_empty(), holds, "{minute}");
    }
    assert!(!book.asks_for_groups(at(10)));
}

#[test]
fn groups_are_asked_for_only_while_a_list_is_for_groups() {
    let terms = PriceListTerms {
        validity: Validity { from: at(0), until: Some(at(5)) },
        ..for_groups(&["bakery"], 0)
    };
    let book = book(&[(1, terms)]);
    assert!(book.asks_for_groups(at(4)) && !book.asks_for_groups(at(5)));
}

#[test]
fn the_book_changes_with_whom_a_list_is_for_and_not_with_its_prices() {
    let terms = for_customers(&[1], 0);
    given::<PriceBook>(&[]).when(enter(1, terms.clone(), 0)).then(&[entered(1, &terms)]);
    let dearer = PriceListTerms {
        prices: price_list(&[(1, 1, "9.99")]).prices,
        ..terms.clone()
    };
    given::<PriceBook>(&[entered(1, &terms)]).when(enter(1, dearer, 1)).then_nothing();
    let more = for_customers(&[1, 2], 0);
    given::<PriceBook>(&[entered(1, &terms)]).when(enter(1, more.clone(), 1)).then(&[entered(1, &more)]);
    let struck = PriceBookEvent::PriceListStruck { list: price_list_id(1) };
    let strike = PriceBookCommand::Strike { list: price_list_id(1) };
    given::<PriceBook>(&[entered(1, &terms)]).when(strike.clone()).then(&[struck]);
    given::<PriceBook>(&[]).when(strike).then_nothing();
}

#[test]
fn lists_whose_time_is_over_leave_the_book_and_it_is_never_too_full() {
    let short = PriceListTerms {
        validity: Validity { from: at(0), until: Some(at(5)) },
        ..for_customers(&[1], 0)
    };
    let next = for_customers(&[2], 0);
    given::<PriceBook>(&[entered(1, &short)]).when(enter(2, next.clone(), 6)).then(&[
        PriceBookEvent::PriceListStruck { list: price_list_id(1) },
        entered(2, &next),
    ]);
    let full: Vec<_> =
        (0..must(u64::try_from(MAX_PRICE_LISTS))).map(|number| entered(number, &next)).collect();
    given::<PriceBook>(&full)
        .when(enter(9_999, next.clone(), 0))
        .then_err(PricingError::TooManyPriceLists { max: MAX_PRICE_LISTS });
}
