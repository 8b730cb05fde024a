//! The rules in one stream, with their history: which rules an order was held under can always be told.

use crate::{
    decider::Decider,
    orders::{FraudRules, FraudRulesCommand, FraudRulesError, FraudRulesEvent},
};

/// The id of the one stream.
pub const FRAUD_RULES: &str = "fraud-rules";

/// The rules that orders are looked at under.
#[derive(Debug)]
pub struct FraudPolicy;

/// The rules as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FraudPolicyState {
    rules: FraudRules,
}

impl FraudPolicyState {
    /// The rules; those to begin with, switched off, where none were set.
    #[must_use]
    pub const fn rules(&self) -> &FraudRules {
        &self.rules
    }
}

impl Decider for FraudPolicy {
    const KIND: &'static str = "fraud_policy";

    type State = FraudPolicyState;
    type Command = FraudRulesCommand;
    type Event = FraudRulesEvent;
    type Error = FraudRulesError;

    fn decide(
        state: &FraudPolicyState,
        command: FraudRulesCommand,
    ) -> Result<Vec<FraudRulesEvent>, FraudRulesError> {
        let FraudRulesCommand::Revise { rules } = command;
        rules.check()?;
        Ok(if rules == state.rules {
            Vec::new()
        } else {
            vec![FraudRulesEvent::FraudRulesRevised { rules }]
        })
    }

    fn evolve(state: &mut FraudPolicyState, event: &FraudRulesEvent) {
        let FraudRulesEvent::FraudRulesRevised { rules } = event;
        state.rules.clone_from(rules);
    }
}
