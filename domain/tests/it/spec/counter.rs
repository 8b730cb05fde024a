use domain::{
    decider::Decider,
    orders::{Counter, CounterCommand, CounterError, CounterEvent, CounterState},
    spec::given,
};

fn issue(document: &str) -> CounterCommand {
    CounterCommand::Issue { document: document.to_owned() }
}

fn issued(number: u64) -> CounterEvent {
    CounterEvent::NumberIssued { number, document: "ord_1".to_owned() }
}

#[test]
fn numbers_begin_with_one() {
    let state = given::<Counter>(&[]).when(issue("ord_1")).then(&[issued(1)]);
    assert_eq!((state.last, state.next()), (1, 2));
}

#[test]
fn the_next_number_follows_the_last() {
    given::<Counter>(&[issued(1), issued(2)]).when(issue("ord_1")).then(&[issued(3)]);
}

#[test]
fn the_newest_event_alone_tells_the_state() {
    const { assert!(Counter::NEWEST_EVENT_SUFFICES) }
    assert_eq!(Counter::fold(&[issued(41), issued(42)]), Counter::fold(&[issued(42)]));
}

#[test]
fn a_series_ends_with_the_greatest_bigint() {
    given::<Counter>(&[issued(CounterState::MAX_NUMBER - 1)])
        .when(issue("ord_1"))
        .then(&[issued(CounterState::MAX_NUMBER)]);
    given::<Counter>(&[issued(CounterState::MAX_NUMBER)])
        .when(issue("ord_1"))
        .then_err(CounterError::Exhausted);
    given::<Counter>(&[issued(u64::MAX)]).when(issue("ord_1")).then_err(CounterError::Exhausted);
}

#[test]
fn a_document_is_an_id_in_the_form_of_the_api() {
    for document in ["", "ord 1", "ord\0", "ord_é", &"x".repeat(65)] {
        given::<Counter>(&[]).when(issue(document)).then_err(CounterError::InvalidDocument);
    }
}
