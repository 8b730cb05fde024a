//! What may be asked of the rules of fraud.

use super::FraudRules;

/// A request to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FraudRulesCommand {
    /// Replace all of them.
    Revise {
        /// As they shall be.
        rules: FraudRules,
    },
}
