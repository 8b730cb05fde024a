//! Suppliers, replenishment orders, and when a stock asks for more.

use std::slice::from_ref;

use domain::{
    fixtures::{
        inventory::{adjust, ran_out, receive, received, released, reserve, reserved, transfer, transferred},
        reason,
        replenishment::{open, opened, rule, set_rule, supplier_details},
        units, warehouse,
    },
    inventory::{
        Reorder, ReorderCommand, ReorderError, ReorderEvent, ReorderRule, ReorderState, Stock, StockEvent,
        Supplier, SupplierCommand, SupplierError, SupplierEvent,
    },
    refusal::Refusal,
    spec::given,
};

fn rule_set(place: u64, rule: Option<ReorderRule>) -> StockEvent {
    StockEvent::ReorderRuleSet { warehouse: warehouse(place), rule }
}

fn reached(place: u64, available: u64, rule: ReorderRule) -> StockEvent {
    StockEvent::ReorderPointReached { warehouse: warehouse(place), available, rule }
}

#[test]
fn coming_to_the_point_is_told_once_per_crossing() {
    let by = rule(5, 20);
    let mut history = vec![received(1, 10), rule_set(1, Some(by))];
    given::<Stock>(&history).when(reserve(1, 4, &[])).then(&[reserved(1, &[(1, 4)])]);
    let told = [reserved(1, &[(1, 5)]), reached(1, 5, by)];
    given::<Stock>(&history).when(reserve(1, 5, &[])).then(&told);
    history.extend(told);
    // Below the point it is not told again; above it, and down once more, it is.
    given::<Stock>(&history).when(reserve(2, 1, &[])).then(&[reserved(2, &[(1, 1)])]);
    history.push(released(1, &[(1, 5)]));
    given::<Stock>(&history).when(reserve(3, 6, &[])).then(&[reserved(3, &[(1, 6)]), reached(1, 4, by)]);
}

#[test]
fn a_delivery_that_brings_too_little_is_told() {
    let by = rule(5, 20);
    let history = [received(1, 4), rule_set(1, Some(by)), reached(1, 4, by)];
    given::<Stock>(&history).when(receive(1, 1)).then(&[received(1, 1), reached(1, 5, by)]);
    given::<Stock>(&history).when(receive(1, 2)).then(&[received(1, 2)]);
    assert!(given::<Stock>(&history).when(adjust(1, 1)).then_accepted().len() == 1);
}

#[test]
fn a_rule_for_what_is_short_already_is_told_at_once_and_an_ended_one_never() {
    let by = rule(5, 20);
    given::<Stock>(&[received(1, 5)])
        .when(set_rule(1, Some(by)))
        .then(&[rule_set(1, Some(by)), reached(1, 5, by)]);
    given::<Stock>(&[received(1, 5), rule_set(1, Some(by))]).when(set_rule(1, Some(by))).then_nothing();
    let ended = [received(1, 9), rule_set(1, Some(by)), rule_set(1, None)];
    given::<Stock>(&ended).when(reserve(1, 9, &[])).then(&[reserved(1, &[(1, 9)]), ran_out(1)]);
    given::<Stock>(&[]).when(set_rule(1, None)).then_nothing();
}

#[test]
fn each_warehouse_has_a_rule_of_its_own() {
    let by = rule(5, 20);
    let history = [received(1, 10), received(2, 1), rule_set(1, Some(by))];
    given::<Stock>(&history)
        .when(transfer(1, 2, 6, None, 0))
        .then(&[transferred(1, 2, 6, &[]), reached(1, 4, by)]);
}

#[test]
fn a_replenishment_order_is_opened_approved_and_received_once() {
    let state = given::<Reorder>(&[]).when(open(20)).then(&[opened(20)]);
    assert_eq!(state.wanted().map(|wanted| wanted.quantity), Some(units(20)));
    given::<Reorder>(&[opened(20)]).when(open(20)).then_err(ReorderError::AlreadyExists);
    let receive = |number: Option<u32>| ReorderCommand::Receive { quantity: number.map(units) };
    given::<Reorder>(&[opened(20)]).when(receive(None)).then_err(ReorderError::NotApproved);
    given::<Reorder>(&[opened(20)]).when(ReorderCommand::Approve).then(&[ReorderEvent::ReorderApproved]);
    let approved = [opened(20), ReorderEvent::ReorderApproved];
    given::<Reorder>(&approved).when(ReorderCommand::Approve).then_nothing();
    let received = ReorderEvent::ReorderReceived { quantity: units(20) };
    given::<Reorder>(&approved).when(receive(None)).then(from_ref(&received));
    given::<Reorder>(&approved)
        .when(receive(Some(18)))
        .then(&[ReorderEvent::ReorderReceived { quantity: units(18) }]);
    let done = [opened(20), ReorderEvent::ReorderApproved, received];
    assert!(matches!(given::<Reorder>(&done).state(), ReorderState::Received(_)));
    for command in [
        receive(None),
        ReorderCommand::Approve,
        ReorderCommand::Cancel { reason: None },
    ] {
        given::<Reorder>(&done).when(command).then_err(ReorderError::AlreadyReceived);
    }
    for command in [
        receive(None),
        ReorderCommand::Approve,
        ReorderCommand::Cancel { reason: None },
    ] {
        given::<Reorder>(&[]).when(command).then_err(ReorderError::NotFound);
    }
}

#[test]
fn a_replenishment_order_is_cancelled_before_it_is_received() {
    let cancel = || ReorderCommand::Cancel { reason: Some(reason("the season is over")) };
    let cancelled = ReorderEvent::ReorderCancelled { reason: Some(reason("the season is over")) };
    for history in [vec![opened(20)], vec![opened(20), ReorderEvent::ReorderApproved]] {
        given::<Reorder>(&history).when(cancel()).then(from_ref(&cancelled));
    }
    let history = [opened(20), cancelled];
    given::<Reorder>(&history).when(cancel()).then_nothing();
    given::<Reorder>(&history).when(ReorderCommand::Approve).then_err(ReorderError::Cancelled);
    given::<Reorder>(&history)
        .when(ReorderCommand::Receive { quantity: None })
        .then_err(ReorderError::Cancelled);
}

#[test]
fn a_supplier_is_added_revised_and_retired() {
    let (five, six) = (supplier_details(5), supplier_details(6));
    let add = |days| SupplierCommand::Add { details: supplier_details(days) };
    let revise = |days| SupplierCommand::Revise { details: supplier_details(days) };
    let retire = || SupplierCommand::Retire { reason: None };
    let added = SupplierEvent::SupplierAdded { details: five };
    let retired = SupplierEvent::SupplierRetired { reason: None };
    assert!(given::<Supplier>(&[]).when(add(5)).then(from_ref(&added)).is_active());
    given::<Supplier>(from_ref(&added)).when(add(5)).then_err(SupplierError::AlreadyExists);
    given::<Supplier>(from_ref(&added)).when(revise(5)).then_nothing();
    given::<Supplier>(from_ref(&added))
        .when(revise(6))
        .then(&[SupplierEvent::SupplierRevised { details: six }]);
    let state = given::<Supplier>(from_ref(&added)).when(retire()).then(from_ref(&retired));
    assert!(!state.is_active() && state.details().is_some());
    given::<Supplier>(&[added.clone(), retired.clone()]).when(retire()).then_nothing();
    given::<Supplier>(&[added, retired]).when(revise(6)).then_err(SupplierError::Retired);
    for command in [revise(5), retire()] {
        given::<Supplier>(&[]).when(command).then_err(SupplierError::NotFound);
    }
    let too_long = SupplierError::InvalidLeadTime { max_days: 365 };
    assert_eq!(too_long.faults().remove(0).numbers["max_days"], 365);
    given::<Supplier>(&[]).when(add(366)).then_err(too_long);
}
