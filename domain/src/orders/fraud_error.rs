//! Why rules of fraud are refused.

use crate::refusal::{Fault, refusals};

/// Why rules are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FraudRulesError {
    /// A number that makes no sense.
    #[error("must be from {min} to {max}")]
    OutOfRange {
        /// Which, as a JSON Pointer.
        pointer: &'static str,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A rule about amounts without any.
    #[error("at least one amount is needed")]
    NoLimits,
    /// Every order would be over it.
    #[error("amount must be greater than zero")]
    LimitNotPositive {
        /// Which limit, from 0.
        index: usize,
    },
    /// Which of them holds?
    #[error("another limit is in the same currency")]
    RepeatedCurrency {
        /// Which limit, from 0.
        index: usize,
    },
}

refusals!(FraudRulesError, faults = details {
    OutOfRange = "orders.fraud_rule_out_of_range" Invalid,
    NoLimits = "orders.fraud_rule_without_limits" Invalid,
    LimitNotPositive = "orders.fraud_limit_not_positive" Invalid,
    RepeatedCurrency = "orders.fraud_limit_repeated" Invalid,
});

impl FraudRulesError {
    fn details(&self) -> Vec<Fault> {
        vec![match self {
            Self::OutOfRange { pointer, min, max } => {
                Fault::at(*pointer, self).with("min", *min).with("max", *max)
            }
            Self::NoLimits => Fault::at("/large_amount/from", self),
            Self::LimitNotPositive { index } | Self::RepeatedCurrency { index } => {
                Fault::at(format!("/large_amount/from/{index}"), self)
            }
        }]
    }
}
