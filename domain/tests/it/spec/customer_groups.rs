use std::collections::BTreeSet;

use domain::{
    customers::{
        CustomerGroups, CustomerGroupsCommand, CustomerGroupsError, CustomerGroupsEvent, MAX_GROUPS,
    },
    decider::Decider,
    fixtures::text,
    spec::given,
    text::Code,
};

fn of(groups: &[&str]) -> BTreeSet<Code> {
    groups.iter().map(|group| text(group)).collect()
}

fn group(groups: &[&str]) -> CustomerGroupsCommand {
    CustomerGroupsCommand::Group { groups: of(groups) }
}

fn grouped(groups: &[&str]) -> CustomerGroupsEvent {
    CustomerGroupsEvent::CustomerGrouped { groups: of(groups) }
}

#[test]
fn a_customer_is_in_the_groups_that_were_said_last() {
    given::<CustomerGroups>(&[]).when(group(&["cafe", "bakery"])).then(&[grouped(&["bakery", "cafe"])]);
    given::<CustomerGroups>(&[grouped(&["cafe"])]).when(group(&[])).then(&[grouped(&[])]);
    let mut state = <CustomerGroups as Decider>::State::default();
    CustomerGroups::evolve(&mut state, &grouped(&["cafe", "bakery"]));
    CustomerGroups::evolve(&mut state, &grouped(&["wholesale"]));
    assert_eq!(state.groups(), [text::<Code>("wholesale")]);
}

#[test]
fn saying_the_same_again_changes_nothing() {
    given::<CustomerGroups>(&[]).when(group(&[])).then_nothing();
    given::<CustomerGroups>(&[grouped(&["a", "b"])]).when(group(&["b", "a"])).then_nothing();
}

#[test]
fn a_customer_is_in_so_many_groups_at_most() {
    let many: Vec<String> = (0..=MAX_GROUPS).map(|number| format!("g{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    given::<CustomerGroups>(&[])
        .when(group(&many))
        .then_err(CustomerGroupsError::TooMany { max: MAX_GROUPS });
}
