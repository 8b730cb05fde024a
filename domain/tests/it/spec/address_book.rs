use domain::{
    customers::{AddressBook, AddressBookCommand, AddressBookError, AddressBookEvent, MAX_ADDRESSES},
    fixtures::{address, sealed, text},
    refusal::Refusal,
    spec::given,
};

fn add(which: u64, is_default: bool) -> AddressBookCommand {
    AddressBookCommand::Add {
        address: address(which),
        country: Some(text("IQ")),
        zone: Some(text("erbil")),
        details: sealed(1, 1),
        is_default,
    }
}

fn added(which: u64) -> AddressBookEvent {
    AddressBookEvent::AddressAdded {
        address: address(which),
        country: Some(text("IQ")),
        zone: Some(text("erbil")),
        details: sealed(1, 1),
    }
}

fn chosen(which: u64) -> AddressBookEvent {
    AddressBookEvent::DefaultAddressChosen { address: address(which) }
}

#[test]
fn the_first_address_becomes_the_default() {
    let state = given::<AddressBook>(&[]).when(add(1, false)).then(&[added(1), chosen(1)]);
    assert_eq!((state.len(), state.default_address()), (1, Some(address(1))));
    let known = state.address(address(1)).expect("an address");
    assert_eq!((&known.zone, &known.country), (&Some(text("erbil")), &Some(text("IQ"))));
}

#[test]
fn a_further_address_is_the_default_only_if_asked() {
    let history = [added(1), chosen(1)];
    given::<AddressBook>(&history).when(add(2, false)).then(&[added(2)]);
    given::<AddressBook>(&history).when(add(2, true)).then(&[added(2), chosen(2)]);
}

#[test]
fn an_address_is_added_once_and_there_are_not_too_many() {
    given::<AddressBook>(&[added(1), chosen(1)])
        .when(add(1, false))
        .then_err(AddressBookError::AlreadyAdded);
    let full: Vec<_> = (1..=50).map(added).collect();
    assert_eq!(full.len(), MAX_ADDRESSES);
    given::<AddressBook>(&full).when(add(51, false)).then_err(AddressBookError::TooMany { max: 50 });
    let faults = AddressBookError::TooMany { max: 50 }.faults();
    assert_eq!(faults.first().and_then(|fault| fault.numbers.get("max")), Some(&50.into()));
}

#[test]
fn an_address_is_revised_as_a_whole() {
    let revise = |which| AddressBookCommand::Revise {
        address: address(which),
        country: None,
        zone: None,
        details: sealed(1, 2),
    };
    let state = given::<AddressBook>(&[added(1), chosen(1)]).when(revise(1)).then(&[
        AddressBookEvent::AddressRevised {
            address: address(1),
            country: None,
            zone: None,
            details: sealed(1, 2),
        },
    ]);
    assert_eq!(state.address(address(1)).map(|known| &known.details), Some(&sealed(1, 2)));
    given::<AddressBook>(&[added(1)]).when(revise(2)).then_err(AddressBookError::NotFound);
}

#[test]
fn when_the_default_goes_the_oldest_of_the_others_takes_its_place() {
    let remove = |which| AddressBookCommand::Remove { address: address(which) };
    let removed = |which| AddressBookEvent::AddressRemoved { address: address(which) };
    let history = [added(1), chosen(1), added(2), added(3), chosen(3)];
    given::<AddressBook>(&history).when(remove(3)).then(&[removed(3), chosen(1)]);
    let state = given::<AddressBook>(&history).when(remove(2)).then(&[removed(2)]);
    assert_eq!(state.default_address(), Some(address(3)));
    let state = given::<AddressBook>(&[added(1), chosen(1)]).when(remove(1)).then(&[removed(1)]);
    assert!(state.is_empty() && state.default_address().is_none());
    given::<AddressBook>(&history).when(remove(4)).then_err(AddressBookError::NotFound);
}

#[test]
fn the_default_is_chosen_once() {
    let choose = |which| AddressBookCommand::ChooseDefault { address: address(which) };
    let history = [added(1), chosen(1), added(2)];
    given::<AddressBook>(&history).when(choose(2)).then(&[chosen(2)]);
    given::<AddressBook>(&history).when(choose(1)).then_nothing();
    given::<AddressBook>(&history).when(choose(3)).then_err(AddressBookError::NotFound);
}
