//! What may happen to the loyalty programme and to the points of a customer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{OrderId, ReturnId, RewardId},
    money::Money,
    pricing::{CouponCode, Reward},
    text::{Code, LocalizedText, Reason},
};

/// How many points an amount is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarningRate {
    /// So many points …
    pub points: u32,
    /// … for each of this amount; of a part of it the part of the points, rounded down.
    pub spent: Money,
}

/// A step of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Such as `gold`.
    pub code: Code,
    /// What it is called.
    pub name: LocalizedText,
    /// Whoever has earned so many points within the window is in it.
    pub from_points: u64,
    /// By how much more points are earned in it: 150 is half as many again.
    pub multiplier_percent: u16,
}

/// By what points are earned, kept and lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltyRules {
    /// One for each currency; orders in others earn nothing.
    pub rates: Vec<EarningRate>,
    /// From the lowest to the highest.
    pub tiers: Vec<Tier>,
    /// Points that were earned within so many days count for the tier.
    pub tier_window_days: u16,
    /// Points are lost so many days after they came; never where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_after_days: Option<u16>,
    /// Their owner is reminded so many days before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_before_days: Option<u16>,
}

/// What can be had for points: a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardTerms {
    /// What it is called.
    pub name: LocalizedText,
    /// What it costs.
    pub points: u64,
    /// The lowest tier that gets it; everybody where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Code>,
    /// What its coupon takes off: a percentage or a fixed amount.
    pub reward: Reward,
    /// Only off orders that come to at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
    /// The coupon is taken for so many days; without an end where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<u16>,
}

/// A fact about the loyalty programme; there is one stream of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoyaltyProgramEvent {
    /// Points are earned, kept and lost by these rules from now on; what was earned stays.
    LoyaltyRulesSet {
        /// All of them.
        rules: LoyaltyRules,
    },
    /// There is something more to be had for points.
    RewardAdded {
        /// Which.
        reward: RewardId,
        /// All of it.
        terms: Box<RewardTerms>,
    },
    /// A reward is now another one; what was redeemed stays.
    RewardRevised {
        /// Which.
        reward: RewardId,
        /// All of it.
        terms: Box<RewardTerms>,
    },
    /// A reward cannot be had any more.
    RewardRetired {
        /// Which.
        reward: RewardId,
    },
}

impl Event for LoyaltyProgramEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("LoyaltyRulesSet", 1),
        ("RewardAdded", 1),
        ("RewardRevised", 1),
        ("RewardRetired", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::LoyaltyRulesSet { .. } => "LoyaltyRulesSet",
            Self::RewardAdded { .. } => "RewardAdded",
            Self::RewardRevised { .. } => "RewardRevised",
            Self::RewardRetired { .. } => "RewardRetired",
        }
    }
}

/// A fact about the points of one customer; the stream's id is the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoyaltyAccountEvent {
    /// An order that was delivered as a whole has earned points.
    PointsEarned {
        /// Which order.
        order: OrderId,
        /// What it was worth: its lines less their discounts.
        paid: Money,
        /// More than none.
        points: u64,
        /// When.
        at: DateTime<Utc>,
        /// When what is left of them is lost; absent where that is never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
        /// When their owner is reminded of that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remind_at: Option<DateTime<Utc>>,
    },
    /// Units came back and were credited, and their share of the order's points goes with them.
    PointsTakenBack {
        /// Which order.
        order: OrderId,
        /// With which return; absent where returns from before the points were earned are caught up with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_id: Option<ReturnId>,
        /// What was credited by it.
        credited: Money,
        /// So many, from the order's own and then from the oldest.
        points: u64,
        /// So many more were due and had been spent: the next points pay for them.
        owed: u64,
    },
    /// Points that had just come paid for what was owed.
    PointsOffset {
        /// How many.
        points: u64,
    },
    /// Points became a coupon.
    PointsRedeemed {
        /// Which reward.
        reward: RewardId,
        /// What it cost.
        points: u64,
        /// What the customer got.
        coupon: CouponCode,
    },
    /// Somebody has corrected the points.
    PointsAdjusted {
        /// How many came; below zero, how many went.
        points: i64,
        /// Why.
        reason: Reason,
        /// When.
        at: DateTime<Utc>,
        /// When what is left of those that came is lost; absent where that is never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
        /// When their owner is reminded of that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remind_at: Option<DateTime<Utc>>,
    },
    /// Points were too old.
    PointsExpired {
        /// All that were left of those that expire until then.
        until: DateTime<Utc>,
        /// How many.
        points: u64,
    },
    /// The customer is to be told that points will be lost.
    ExpiryReminded {
        /// How many will.
        points: u64,
        /// Until then.
        until: DateTime<Utc>,
        /// When this was found.
        at: DateTime<Utc>,
    },
}

impl Event for LoyaltyAccountEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("PointsEarned", 1),
        ("PointsTakenBack", 1),
        ("PointsOffset", 1),
        ("PointsRedeemed", 1),
        ("PointsAdjusted", 1),
        ("PointsExpired", 1),
        ("ExpiryReminded", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::PointsEarned { .. } => "PointsEarned",
            Self::PointsTakenBack { .. } => "PointsTakenBack",
            Self::PointsOffset { .. } => "PointsOffset",
            Self::PointsRedeemed { .. } => "PointsRedeemed",
            Self::PointsAdjusted { .. } => "PointsAdjusted",
            Self::PointsExpired { .. } => "PointsExpired",
            Self::ExpiryReminded { .. } => "ExpiryReminded",
        }
    }
}

impl LoyaltyAccountEvent {
    /// By how much it changes the balance.
    #[must_use]
    pub fn change(&self) -> i64 {
        let gone = |points: u64| 0_i64.saturating_sub_unsigned(points);
        match self {
            Self::PointsEarned { points, .. } => i64::try_from(*points).unwrap_or(i64::MAX),
            Self::PointsTakenBack { points, .. }
            | Self::PointsOffset { points }
            | Self::PointsRedeemed { points, .. }
            | Self::PointsExpired { points, .. } => gone(*points),
            Self::PointsAdjusted { points, .. } => *points,
            Self::ExpiryReminded { .. } => 0,
        }
    }
}
