//! Why a request to the loyalty programme or to a customer's points is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to the loyalty programme or to a customer's points is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoyaltyError {
    /// The rules contradict themselves or go beyond a limit.
    #[error("{why}")]
    RulesInvalid {
        /// Where.
        pointer: String,
        /// Which rule of rules.
        why: &'static str,
    },
    /// A reward that nobody could redeem, or that is no percentage and no amount.
    #[error("{why}")]
    RewardInvalid {
        /// Where.
        pointer: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// There is no such reward.
    #[error("the reward does not exist")]
    RewardNotFound,
    /// It cannot be had any more.
    #[error("the reward is retired")]
    RewardRetired,
    /// The programme has so many rewards at most.
    #[error("there are at most {max} rewards that can be had")]
    TooManyRewards {
        /// The limit.
        max: usize,
    },
    /// The customer's tier does not get it.
    #[error("the reward is for a higher tier")]
    TierTooLow,
    /// There are fewer points.
    #[error("{needed} points are needed, and there are {balance}")]
    InsufficientPoints {
        /// How many there are.
        balance: u64,
        /// How many are needed.
        needed: u64,
    },
    /// No points, or more than anybody has.
    #[error("points must be other than 0 and at most {max} either way")]
    PointsOutOfRange {
        /// The limit.
        max: u64,
    },
}

refusals!(LoyaltyError, faults = details {
    RulesInvalid = "customers.loyalty_rules_invalid" Invalid,
    RewardInvalid = "customers.reward_invalid" Invalid,
    RewardNotFound = "customers.reward_not_found" NotFound,
    RewardRetired = "customers.reward_retired" Conflict,
    TooManyRewards = "customers.too_many_rewards" Conflict,
    TierTooLow = "customers.reward_tier_too_low" Conflict,
    InsufficientPoints = "customers.insufficient_points" Conflict,
    PointsOutOfRange = "customers.points_out_of_range" Invalid,
});

impl LoyaltyError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::RulesInvalid { pointer, .. } => vec![Fault::at(pointer.as_str(), self)],
            Self::RewardInvalid { pointer, .. } => vec![Fault::at(*pointer, self)],
            Self::RewardNotFound | Self::RewardRetired | Self::TierTooLow => Vec::new(),
            Self::TooManyRewards { max } => vec![Fault::at("", self).with("max", *max)],
            Self::InsufficientPoints { balance, needed } => {
                vec![Fault::at("", self).with("balance", *balance).with("needed", *needed)]
            }
            Self::PointsOutOfRange { max } => vec![Fault::at("/points", self).with("max", *max)],
        }
    }
}
