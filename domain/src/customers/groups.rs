//! The groups of a customer: by them price lists and promotions say whom they are for.
//!
//! CUS-3 A customer is in at most `MAX_GROUPS` groups.

use super::{CustomerGroupsCommand, CustomerGroupsError, CustomerGroupsEvent};
use crate::{decider::Decider, text::Code};

/// The most groups of one customer.
pub const MAX_GROUPS: usize = 20;

/// The groups of one customer.
#[derive(Debug)]
pub struct CustomerGroups;

/// What is known of a customer's groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerGroupsState {
    groups: Vec<Code>,
}

impl CustomerGroupsState {
    /// All groups that the customer is in, in the order of the alphabet.
    #[must_use]
    pub fn groups(&self) -> &[Code] {
        &self.groups
    }
}

impl Decider for CustomerGroups {
    const KIND: &'static str = "customer_groups";

    type State = CustomerGroupsState;
    type Command = CustomerGroupsCommand;
    type Event = CustomerGroupsEvent;
    type Error = CustomerGroupsError;

    fn decide(
        state: &CustomerGroupsState,
        command: CustomerGroupsCommand,
    ) -> Result<Vec<CustomerGroupsEvent>, CustomerGroupsError> {
        let CustomerGroupsCommand::Group { groups } = command;
        if groups.len() > MAX_GROUPS {
            return Err(CustomerGroupsError::TooMany { max: MAX_GROUPS });
        }
        if groups.iter().eq(&state.groups) {
            return Ok(Vec::new());
        }
        Ok(vec![CustomerGroupsEvent::CustomerGrouped { groups }])
    }

    fn evolve(state: &mut CustomerGroupsState, event: &CustomerGroupsEvent) {
        let CustomerGroupsEvent::CustomerGrouped { groups } = event;
        state.groups = groups.iter().cloned().collect();
    }
}
