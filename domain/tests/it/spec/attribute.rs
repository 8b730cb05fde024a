use std::collections::BTreeSet;

use domain::{
    catalog::{
        AttributeBook, AttributeBookCommand, AttributeBookEvent, AttributeBookState, AttributeDetails,
        AttributeError, AttributeKind, AttributeOption, AttributeValue, AttributeValueError, AttributeValues,
    },
    decider::Decider,
    fixtures::{category, english, text, uuid},
    ids::{AttributeId, CategoryId},
    refusal::Refusal,
    spec::given,
};

fn id(number: u64) -> AttributeId {
    AttributeId::from_uuid(uuid(number))
}

fn option(code: &str) -> AttributeOption {
    AttributeOption { code: text(code), label: english(code) }
}

fn colour() -> AttributeDetails {
    AttributeDetails {
        label: english("Colour"),
        kind: AttributeKind::Choice { options: vec![option("red"), option("blue")] },
        required: false,
        filterable: true,
        categories: BTreeSet::new(),
    }
}

fn of(kind: AttributeKind) -> AttributeDetails {
    AttributeDetails { kind, filterable: false, ..colour() }
}

fn defined(number: u64, code: &str, details: AttributeDetails) -> AttributeBookEvent {
    AttributeBookEvent::AttributeDefined { attribute: id(number), code: text(code), details }
}

fn define(number: u64, code: &str, details: AttributeDetails) -> AttributeBookCommand {
    AttributeBookCommand::Define { attribute: id(number), code: text(code), details }
}

fn retired() -> AttributeBookEvent {
    AttributeBookEvent::AttributeRetired { attribute: id(1) }
}

#[test]
fn a_code_belongs_to_one_attribute_for_ever() {
    let known = [defined(1, "colour", colour())];
    given::<AttributeBook>(&[]).when(define(1, "colour", colour())).then(&known);
    given::<AttributeBook>(&known)
        .when(define(2, "colour", colour()))
        .then_err(AttributeError::CodeTaken);
    given::<AttributeBook>(&[known[0].clone(), retired()])
        .when(define(2, "colour", colour()))
        .then_err(AttributeError::CodeTaken);
}

#[test]
fn an_attribute_is_revised_within_its_kind_until_it_is_retired() {
    let known = [defined(1, "colour", colour())];
    let revise = |details| AttributeBookCommand::Revise { attribute: id(1), details };
    let wider = AttributeDetails { required: true, ..colour() };
    given::<AttributeBook>(&known)
        .when(revise(wider.clone()))
        .then(&[AttributeBookEvent::AttributeRevised { attribute: id(1), details: wider.clone() }]);
    given::<AttributeBook>(&known).when(revise(colour())).then_nothing();
    given::<AttributeBook>(&known)
        .when(revise(of(AttributeKind::Text)))
        .then_err(AttributeError::KindChanged);
    given::<AttributeBook>(&[]).when(revise(colour())).then_err(AttributeError::NotFound);
    let retire = || AttributeBookCommand::Retire { attribute: id(1) };
    given::<AttributeBook>(&known).when(retire()).then(&[retired()]);
    let gone = [known[0].clone(), retired()];
    given::<AttributeBook>(&gone).when(retire()).then_nothing();
    given::<AttributeBook>(&gone).when(revise(wider)).then_err(AttributeError::Retired);
    given::<AttributeBook>(&[]).when(retire()).then_err(AttributeError::NotFound);
}

#[test]
fn a_choice_has_options_each_once() {
    let choice = |options| of(AttributeKind::Choice { options });
    let try_options = |options| given::<AttributeBook>(&[]).when(define(1, "colour", choice(options)));
    try_options(Vec::new()).then_err(AttributeError::OptionCount { max: 200 });
    let many = (0..201).map(|number| option(&number.to_string())).collect();
    try_options(many).then_err(AttributeError::OptionCount { max: 200 });
    let twice = vec![option("red"), option("blue"), option("red")];
    try_options(twice).then_err(AttributeError::RepeatedOption { index: 2 });
}

#[test]
fn there_are_not_too_many() {
    let full: Vec<_> = (0..500).map(|number| defined(number, &format!("a{number}"), colour())).collect();
    given::<AttributeBook>(&full)
        .when(define(501, "one-more", colour()))
        .then_err(AttributeError::TooMany { max: 500 });
}

fn book(events: &[AttributeBookEvent]) -> AttributeBookState {
    let mut state = AttributeBookState::default();
    events.iter().for_each(|event| AttributeBook::evolve(&mut state, event));
    state
}

fn word(value: &str) -> AttributeValue {
    AttributeValue::Text(text(value))
}

fn values(of: &[(&str, AttributeValue)]) -> AttributeValues {
    of.iter().map(|(code, value)| (text(code), value.clone())).collect()
}

fn check(book: &AttributeBookState, code: &str, value: AttributeValue) -> Result<(), AttributeValueError> {
    book.check(&values(&[(code, value)]), &AttributeValues::new(), &BTreeSet::new())
}

#[test]
fn values_are_of_the_kind_that_is_defined() {
    let book = book(&[
        defined(1, "colour", colour()),
        defined(2, "weight", of(AttributeKind::Number { unit: Some(english("kg")) })),
        defined(3, "organic", of(AttributeKind::Boolean)),
        defined(4, "maker", of(AttributeKind::Text)),
    ]);
    for (code, value) in [
        ("colour", word("red")),
        ("weight", word("-12.500001")),
        ("weight", word("0")),
        ("organic", AttributeValue::Boolean(false)),
        ("maker", word("Zagros")),
    ] {
        assert_eq!(check(&book, code, value), Ok(()), "{code}");
    }
    for (code, value) in [
        ("colour", word("green")),
        ("colour", AttributeValue::Boolean(true)),
        ("weight", word("1e3")),
        ("weight", word("1.")),
        ("weight", word(".5")),
        ("weight", word("1234567890")),
        ("weight", word("1.0000001")),
        ("weight", word("١٢")),
        ("organic", word("true")),
        ("maker", AttributeValue::Boolean(true)),
    ] {
        let refused = check(&book, code, value.clone()).map_err(|error| error.code());
        assert_eq!(refused, Err("catalog.attribute_ill_typed"), "{code} {value:?}");
    }
    let unknown = check(&book, "a/b", word("x"));
    assert_eq!(unknown, Err(AttributeValueError::Unknown { code: text("a/b") }));
    let fault = AttributeValueError::Unknown { code: text("a/b") }.faults().remove(0);
    assert_eq!(fault.pointer, "/attributes/a~1b");
}

#[test]
fn what_is_required_is_required_of_those_it_is_for() {
    let food: BTreeSet<CategoryId> = [category(1)].into();
    let details = AttributeDetails {
        required: true,
        categories: food.clone(),
        ..of(AttributeKind::Text)
    };
    let book = book(&[defined(1, "maker", details)]);
    let none = AttributeValues::new();
    assert_eq!(book.check(&none, &none, &BTreeSet::new()), Ok(()));
    let missing = Err(AttributeValueError::Missing { code: text("maker") });
    assert_eq!(book.check(&none, &none, &food), missing);
    let zagros = values(&[("maker", word("Zagros"))]);
    assert_eq!(book.check(&zagros, &none, &food), Ok(()));
    let for_others = Err(AttributeValueError::ForOthers { code: text("maker") });
    assert_eq!(book.check(&zagros, &none, &BTreeSet::new()), for_others);
}

#[test]
fn what_a_product_has_already_is_not_asked_again() {
    let gone = book(&[defined(1, "colour", colour()), retired()]);
    let red = values(&[("colour", word("red"))]);
    assert_eq!(gone.check(&red, &red, &BTreeSet::new()), Ok(()));
    let unknown = Err(AttributeValueError::Unknown { code: text("colour") });
    assert_eq!(gone.check(&red, &values(&[("colour", word("blue"))]), &BTreeSet::new()), unknown);
}
