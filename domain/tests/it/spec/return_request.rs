//! The way of a return.

use domain::{
    decider::Decider,
    fixtures::{account, gbp, must, order, price, product, reason, text, units, warehouse},
    money::{Currency, Money},
    orders::{
        CreditLine, MAX_LINES, RequestReturn, Return, ReturnCommand, ReturnError, ReturnEvent, ReturnStatus,
        SoldIn,
    },
    refusal::Refusal,
    spec::given,
};

fn credit_line(number: u16, total: &str) -> CreditLine {
    CreditLine {
        number,
        product: product(1),
        sku: text("85123A"),
        quantity: units(2),
        unit_price: price("2.55"),
        total: gbp(total),
        tax: None,
        commission: None,
        sold_in: Some(SoldIn { order: order(1), line: number }),
    }
}

fn request_of(lines: Vec<CreditLine>) -> RequestReturn {
    RequestReturn {
        order: Some(order(1)),
        customer: Some(account(1)),
        external_id: Some(text("C536379")),
        country: Some(text("United Kingdom")),
        currency: Currency::GBP,
        lines,
        reason: reason("broken"),
    }
}

fn two_lines() -> RequestReturn {
    request_of(vec![credit_line(1, "5.10"), credit_line(2, "4.90")])
}

fn ask(request: RequestReturn) -> ReturnCommand {
    ReturnCommand::Request(request)
}

fn requested() -> ReturnEvent {
    let request = two_lines();
    ReturnEvent::ReturnRequested {
        order: request.order,
        customer: request.customer,
        external_id: request.external_id,
        country: request.country,
        lines: request.lines,
        total: gbp("10.00"),
        reason: request.reason,
    }
}

fn receive(place: u64) -> ReturnCommand {
    ReturnCommand::Receive { warehouse: warehouse(place) }
}

fn received() -> ReturnEvent {
    ReturnEvent::ReturnReceived { warehouse: warehouse(1) }
}

fn credit(credit_number: u64) -> ReturnCommand {
    ReturnCommand::Credit { credit_number }
}

fn credited() -> ReturnEvent {
    ReturnEvent::CreditIssued { credit_number: 3 }
}

fn reject() -> ReturnCommand {
    ReturnCommand::Reject { reason: reason("worn") }
}

fn rejected() -> ReturnEvent {
    ReturnEvent::ReturnRejected { reason: reason("worn") }
}

/// The histories that end in requested, approved, received and credited.
fn histories() -> [Vec<ReturnEvent>; 4] {
    let whole = [requested(), ReturnEvent::ReturnApproved, received(), credited()];
    [1, 2, 3, 4].map(|length| whole[..length].to_vec())
}

#[test]
fn a_return_is_requested_with_the_sum_of_its_lines() {
    let state = given::<Return>(&[]).when(ask(two_lines())).then(&[requested()]);
    assert_eq!(state.status(), Some(ReturnStatus::Requested));
    assert_eq!((state.total(), state.lines().len()), (Some(gbp("10.00")), 2));
    assert_eq!(
        (state.order(), state.customer(), state.warehouse()),
        (Some(order(1)), Some(account(1)), None)
    );
}

#[test]
fn a_return_is_requested_once() {
    for history in histories() {
        given::<Return>(&history).when(ask(two_lines())).then_err(ReturnError::AlreadyRequested);
    }
}

#[test]
fn a_return_has_at_least_one_line_and_not_too_many() {
    given::<Return>(&[]).when(ask(request_of(vec![]))).then_err(ReturnError::NoLines);
    let many = vec![credit_line(1, "1"); MAX_LINES + 1];
    given::<Return>(&[])
        .when(ask(request_of(many)))
        .then_err(ReturnError::TooManyLines { max: MAX_LINES });
}

#[test]
fn lines_are_numbered_from_one_without_gaps() {
    for (numbers, index) in [([0, 1], 0), ([1, 1], 1), ([1, 3], 1)] {
        let lines = numbers.map(|number| credit_line(number, "1")).to_vec();
        given::<Return>(&[]).when(ask(request_of(lines))).then_err(ReturnError::LinesMisnumbered { index });
    }
}

#[test]
fn lines_are_in_the_currency_of_the_return_and_not_negative() {
    let mut foreign = two_lines();
    foreign.lines[1].total = must(Money::parse("1", Currency::EUR));
    given::<Return>(&[]).when(ask(foreign)).then_err(ReturnError::CurrencyMismatch { index: 1 });
    let negative = ReturnError::NegativeAmount { index: 1 };
    assert_eq!(negative.faults().remove(0).pointer, "/lines/1/total");
    given::<Return>(&[])
        .when(ask(request_of(vec![credit_line(1, "1"), credit_line(2, "-0.01")])))
        .then_err(negative);
}

#[test]
fn a_sum_that_does_not_fit_is_refused() {
    let mut huge = two_lines();
    huge.lines[0].total = Money::from_minor(i64::MAX, Currency::GBP);
    given::<Return>(&[]).when(ask(huge)).then_err(ReturnError::AmountOutOfRange);
}

#[test]
fn a_return_goes_from_requested_to_credited() {
    let [requested, approved, received_, _] = histories();
    given::<Return>(&requested).when(ReturnCommand::Approve).then(&[ReturnEvent::ReturnApproved]);
    let state = given::<Return>(&approved).when(receive(1)).then(&[received()]);
    assert_eq!(state.warehouse(), Some(warehouse(1)));
    let state = given::<Return>(&received_).when(credit(3)).then(&[credited()]);
    assert_eq!((state.status(), state.warehouse()), (Some(ReturnStatus::Credited), Some(warehouse(1))));
}

#[test]
fn a_step_that_is_done_already_does_nothing() {
    let [_, approved, received, credited] = histories();
    given::<Return>(&approved).when(ReturnCommand::Approve).then_nothing();
    given::<Return>(&received).when(receive(1)).then_nothing();
    given::<Return>(&credited).when(credit(3)).then_nothing();
    given::<Return>(&[requested(), rejected()]).when(reject()).then_nothing();
}

#[test]
fn no_step_is_left_out() {
    let [requested, approved, _, _] = histories();
    given::<Return>(&requested).when(receive(1)).then_err(ReturnError::NotApproved);
    given::<Return>(&requested).when(credit(3)).then_err(ReturnError::NotApproved);
    given::<Return>(&approved).when(credit(3)).then_err(ReturnError::NotReceived);
}

#[test]
fn no_step_goes_back_or_happens_otherwise() {
    let [_, _, received, credited] = histories();
    given::<Return>(&received).when(ReturnCommand::Approve).then_err(ReturnError::AlreadyReceived);
    given::<Return>(&received).when(receive(2)).then_err(ReturnError::AlreadyReceived);
    given::<Return>(&credited).when(ReturnCommand::Approve).then_err(ReturnError::AlreadyCredited);
    given::<Return>(&credited).when(receive(1)).then_err(ReturnError::AlreadyCredited);
    given::<Return>(&credited).when(credit(4)).then_err(ReturnError::AlreadyCredited);
}

#[test]
fn a_return_is_rejected_before_it_is_received() {
    let [requested, approved, received, credited] = histories();
    for history in [requested, approved] {
        let state = given::<Return>(&history).when(reject()).then(&[rejected()]);
        assert_eq!(state.status(), Some(ReturnStatus::Rejected));
    }
    given::<Return>(&received).when(reject()).then_err(ReturnError::AlreadyReceived);
    given::<Return>(&credited).when(reject()).then_err(ReturnError::AlreadyCredited);
}

#[test]
fn a_rejected_return_takes_no_step() {
    for command in [ReturnCommand::Approve, receive(1), credit(3)] {
        given::<Return>(&[requested(), rejected()]).when(command).then_err(ReturnError::Rejected);
    }
}

#[test]
fn a_return_that_does_not_exist_takes_no_step() {
    for command in [ReturnCommand::Approve, receive(1), credit(3), reject()] {
        given::<Return>(&[]).when(command).then_err(ReturnError::NotFound);
    }
    assert_eq!(Return::fold([]).status(), None);
}

#[test]
fn a_status_is_written_in_one_way_everywhere() {
    for status in ReturnStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.to_string(), status.as_str());
    }
}
