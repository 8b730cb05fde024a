//! What may be asked of the loyalty programme and of a customer's points.

use chrono::{DateTime, Utc};

use super::{LoyaltyRules, RewardTerms};
use crate::{
    ids::{OrderId, ReturnId, RewardId},
    money::Money,
    pricing::CouponCode,
    text::Reason,
};

/// A request to the loyalty programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoyaltyProgramCommand {
    /// Let points be earned, kept and lost by these.
    SetRules {
        /// All of them.
        rules: LoyaltyRules,
    },
    /// Offer something more.
    AddReward {
        /// Its new id.
        reward: RewardId,
        /// All of it.
        terms: Box<RewardTerms>,
    },
    /// Put another in a reward's place.
    ReviseReward {
        /// Which.
        reward: RewardId,
        /// All of it.
        terms: Box<RewardTerms>,
    },
    /// Offer it no longer. A retired one stays retired.
    RetireReward {
        /// Which.
        reward: RewardId,
    },
}

/// A request to the points of one customer. Whatever is asked, what has expired by `now` expires first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoyaltyAccountCommand {
    /// An order was delivered as a whole. An order earns once.
    Earn {
        /// Which.
        order: OrderId,
        /// What it was worth: its lines less their discounts.
        paid: Money,
        /// By which rules.
        rules: LoyaltyRules,
        /// The moment.
        now: DateTime<Utc>,
    },
    /// Units of an order came back. A return takes back once.
    TakeBack {
        /// Which order.
        order: OrderId,
        /// With which return.
        return_id: ReturnId,
        /// What was credited by it.
        credited: Money,
        /// The moment.
        now: DateTime<Utc>,
    },
    /// Give points for a reward.
    Redeem {
        /// Which.
        reward: RewardId,
        /// What it costs.
        points: u64,
        /// What the customer gets.
        coupon: CouponCode,
        /// The moment.
        now: DateTime<Utc>,
    },
    /// Correct the points.
    Adjust {
        /// How many more; below zero, how many fewer.
        points: i64,
        /// Why.
        reason: Reason,
        /// By which rules those that come expire.
        rules: LoyaltyRules,
        /// The moment.
        now: DateTime<Utc>,
    },
    /// Let expire what is too old.
    Expire {
        /// The moment.
        now: DateTime<Utc>,
    },
    /// Remind of what will expire, unless that was done just now.
    Remind {
        /// So many days before.
        days: u16,
        /// The moment.
        now: DateTime<Utc>,
    },
}
