use domain::{
    fixtures::{company, gbp, reason, settlement, vendors::sold},
    money::{Currency, Money},
    payouts::{
        CreateSettlement, Settlement, SettlementBook, SettlementBookCommand, SettlementBookError,
        SettlementBookEvent, SettlementCommand, SettlementError, SettlementEvent, SettlementStatus,
        Statement,
    },
    refusal::Refusal,
    spec::given,
};

fn new() -> CreateSettlement {
    CreateSettlement {
        company: company(1),
        from: 10,
        to: 20,
        opening: gbp("3"),
        earnings: sold("10", "1"),
        payouts: gbp("5"),
    }
}

fn created() -> SettlementEvent {
    SettlementEvent::SettlementCreated {
        company: company(1),
        from: 10,
        to: 20,
        statement: Statement {
            opening: gbp("3"),
            earnings: sold("10", "1"),
            payouts: gbp("5"),
            closing: gbp("7"),
        },
    }
}

fn dispute() -> SettlementCommand {
    SettlementCommand::Dispute { reason: reason("missing") }
}

fn disputed() -> SettlementEvent {
    SettlementEvent::SettlementDisputed { reason: reason("missing") }
}

fn close() -> SettlementCommand {
    SettlementCommand::Close { reason: None }
}

fn closed() -> SettlementEvent {
    SettlementEvent::SettlementClosed { reason: None }
}

#[test]
fn the_balances_balance() {
    let state = given::<Settlement>(&[]).when(SettlementCommand::Create(new())).then(&[created()]);
    assert_eq!(state.status(), Some(SettlementStatus::Open));
    given::<Settlement>(&[created()])
        .when(SettlementCommand::Create(new()))
        .then_err(SettlementError::AlreadyCreated);
}

#[test]
fn the_figures_are_in_one_currency_and_fit() {
    let euros = Money::from_minor(1, Currency::EUR);
    given::<Settlement>(&[])
        .when(SettlementCommand::Create(CreateSettlement { payouts: euros, ..new() }))
        .then_err(SettlementError::CurrencyMismatch);
    let opening = Money::from_minor(i64::MAX, Currency::GBP);
    given::<Settlement>(&[])
        .when(SettlementCommand::Create(CreateSettlement { opening, ..new() }))
        .then_err(SettlementError::AmountOutOfRange);
}

#[test]
fn it_is_confirmed_and_closed() {
    let confirmed = SettlementEvent::SettlementConfirmed;
    given::<Settlement>(&[created()]).when(close()).then_err(SettlementError::StillOpen);
    given::<Settlement>(&[created()])
        .when(SettlementCommand::Confirm)
        .then(std::slice::from_ref(&confirmed));
    given::<Settlement>(&[created(), confirmed.clone()]).when(SettlementCommand::Confirm).then_nothing();
    given::<Settlement>(&[created(), confirmed.clone()])
        .when(dispute())
        .then_err(SettlementError::Confirmed);
    given::<Settlement>(&[created(), confirmed.clone()]).when(close()).then(&[closed()]);
    given::<Settlement>(&[created(), confirmed, closed()]).when(close()).then_nothing();
}

#[test]
fn a_dispute_ends_in_a_confirmation_or_is_closed() {
    given::<Settlement>(&[created()]).when(dispute()).then(&[disputed()]);
    given::<Settlement>(&[created(), disputed()]).when(dispute()).then_nothing();
    given::<Settlement>(&[created(), disputed()])
        .when(SettlementCommand::Confirm)
        .then(&[SettlementEvent::SettlementConfirmed]);
    let state = given::<Settlement>(&[created(), disputed()]).when(close()).then(&[closed()]);
    assert_eq!(state.status(), Some(SettlementStatus::Closed));
    for command in [dispute(), SettlementCommand::Confirm] {
        given::<Settlement>(&[created(), disputed(), closed()])
            .when(command)
            .then_err(SettlementError::Closed);
    }
}

#[test]
fn what_does_not_exist_cannot_be_changed() {
    for command in [dispute(), SettlementCommand::Confirm, close()] {
        given::<Settlement>(&[]).when(command).then_err(SettlementError::NotFound);
    }
}

fn extend(from: i64, to: i64, opening: &str) -> SettlementBookCommand {
    SettlementBookCommand::Extend {
        settlement: settlement(2),
        from,
        to,
        opening: gbp(opening),
        closing: gbp("9"),
    }
}

fn settled(number: u64, from: i64, to: i64, closing: &str) -> SettlementBookEvent {
    SettlementBookEvent::PeriodSettled {
        settlement: settlement(number),
        from,
        to,
        closing: gbp(closing),
    }
}

#[test]
fn settlements_adjoin_from_the_first_position_on() {
    given::<SettlementBook>(&[]).when(extend(0, 10, "0")).then(&[settled(2, 0, 10, "9")]);
    let first = [settled(1, 0, 10, "4")];
    let state = given::<SettlementBook>(&first).when(extend(10, 20, "4")).then(&[settled(2, 10, 20, "9")]);
    assert_eq!((state.settled_to, state.newest), (20, Some(settlement(2))));
}

#[test]
fn gaps_overlaps_empty_ranges_and_other_balances_are_refused() {
    let first = [settled(1, 0, 10, "4")];
    for from in [0, 9, 11] {
        let refusal = SettlementBookError::NotAdjoining { settled_to: 10 };
        assert_eq!(refusal.faults()[0].numbers["settled_to"], 10);
        given::<SettlementBook>(&first).when(extend(from, 20, "4")).then_err(refusal);
    }
    given::<SettlementBook>(&first)
        .when(extend(10, 10, "4"))
        .then_err(SettlementBookError::EmptyRange { settled_to: 10 });
    given::<SettlementBook>(&first)
        .when(extend(10, 20, "5"))
        .then_err(SettlementBookError::OpeningMismatch);
}
