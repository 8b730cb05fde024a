use domain::{
    customers::{NeededItem, NeededItemCommand, NeededItemError, NeededItemEvent, NeededItemStatus},
    fixtures::{account, product, sealed, text, units},
    spec::given,
};

fn asked() -> NeededItemEvent {
    NeededItemEvent::ItemNeeded {
        customer: account(1),
        zone: Some(text("erbil")),
        quantity: Some(units(5)),
        description: sealed(1, 1),
    }
}

fn answer(status: NeededItemStatus) -> NeededItemCommand {
    NeededItemCommand::Answer {
        status,
        product: Some(product(1)),
        answer: Some(sealed(1, 2)),
    }
}

fn answered(status: NeededItemStatus) -> NeededItemEvent {
    NeededItemEvent::NeededItemAnswered {
        status,
        product: Some(product(1)),
        answer: Some(sealed(1, 2)),
    }
}

#[test]
fn a_wish_is_asked_once() {
    let ask = NeededItemCommand::Ask {
        customer: account(1),
        zone: Some(text("erbil")),
        quantity: Some(units(5)),
        description: sealed(1, 1),
    };
    given::<NeededItem>(&[]).when(ask.clone()).then(&[asked()]);
    given::<NeededItem>(&[asked()]).when(ask).then_nothing();
}

#[test]
fn a_wish_is_answered_until_it_is_settled() {
    use NeededItemStatus::{Available, Declined, Open, Sourcing};
    given::<NeededItem>(&[]).when(answer(Sourcing)).then_err(NeededItemError::NotFound);
    given::<NeededItem>(&[asked()]).when(answer(Open)).then_err(NeededItemError::NoAnswer);
    given::<NeededItem>(&[asked()]).when(answer(Declined)).then(&[answered(Declined)]);
    let sourcing = [asked(), answered(Sourcing)];
    given::<NeededItem>(&sourcing).when(answer(Sourcing)).then(&[answered(Sourcing)]);
    let state = given::<NeededItem>(&sourcing).when(answer(Available)).then(&[answered(Available)]);
    assert_eq!(state.wish().map(|wish| wish.status), Some(Available));
    for last in [Available, Declined] {
        given::<NeededItem>(&[asked(), answered(last)])
            .when(answer(Sourcing))
            .then_err(NeededItemError::Settled);
    }
}
