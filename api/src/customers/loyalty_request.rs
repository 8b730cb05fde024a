//! What the loyalty programme is asked.

use domain::{
    customers::{EarningRate, LoyaltyRules, RewardTerms, Tier},
    ids::{AccountId, RewardId},
    text::{Code, Reason},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Fields, Problem,
        shapes::{AmountRequest, Texts},
    },
    pricing::request::RewardRequest,
};

/// How many points an amount is worth.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EarningRateRequest {
    /// So many points …
    #[schema(minimum = 1)]
    points: u32,
    /// … for each of this amount; of a part of it the part of the points, rounded down.
    spent: AmountRequest,
}

/// A step of the programme.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierRequest {
    /// Such as `gold`; each once.
    #[schema(max_length = 32)]
    code: String,
    /// What it is called, by language.
    name: Texts,
    /// Whoever has earned so many points within the window is in it.
    from_points: u64,
    /// By how much more points are earned in it: 150 is half as many again.
    #[schema(minimum = 1, maximum = 10_000)]
    multiplier_percent: u16,
}

/// By what points are earned, kept and lost. The whole: what is left out is taken away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "rates": [{"points": 1, "spent": {"amount": "1000", "currency": "IQD"}}],
    "tiers": [
        {"code": "silver", "name": {"en": "Silver"}, "from_points": 0, "multiplier_percent": 100},
        {"code": "gold", "name": {"en": "Gold"}, "from_points": 1000, "multiplier_percent": 150},
    ],
    "tier_window_days": 365,
    "expire_after_days": 365,
    "remind_before_days": 30,
}))]
pub(crate) struct LoyaltyRulesRequest {
    /// One for each currency, at most 20; orders in others earn nothing.
    rates: Vec<EarningRateRequest>,
    /// From the lowest to the highest, at most 20.
    #[serde(default)]
    tiers: Vec<TierRequest>,
    /// Points that were earned within so many days count for the tier.
    #[schema(minimum = 1, maximum = 3_660)]
    tier_window_days: u16,
    /// Points are lost so many days after they came; never where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3_660)]
    expire_after_days: Option<u16>,
    /// Their owner is reminded so many days before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    remind_before_days: Option<u16>,
}

impl TryFrom<LoyaltyRulesRequest> for LoyaltyRules {
    type Error = Problem;

    fn try_from(request: LoyaltyRulesRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let rates: Vec<Option<EarningRate>> = request
            .rates
            .iter()
            .enumerate()
            .map(|(index, rate)| {
                let spent = rate.spent.parse(&mut fields, &format!("/rates/{index}/spent"))?;
                Some(EarningRate { points: rate.points, spent })
            })
            .collect();
        let tiers: Vec<Option<Tier>> = request
            .tiers
            .into_iter()
            .enumerate()
            .map(|(index, tier)| {
                let code = fields.check(format!("/tiers/{index}/code"), Code::parse(&tier.code));
                let name = fields.localized(format!("/tiers/{index}/name"), tier.name);
                Some(Tier {
                    code: code?,
                    name: name?,
                    from_points: tier.from_points,
                    multiplier_percent: tier.multiplier_percent,
                })
            })
            .collect();
        let rates: Option<Vec<EarningRate>> = rates.into_iter().collect();
        let tiers: Option<Vec<Tier>> = tiers.into_iter().collect();
        let Some((rates, tiers)) = rates.zip(tiers) else {
            return Err(fields.into_problem());
        };
        Ok(Self {
            rates,
            tiers,
            tier_window_days: request.tier_window_days,
            expire_after_days: request.expire_after_days,
            remind_before_days: request.remind_before_days,
        })
    }
}

/// What can be had for points: a coupon for one order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "5000 dinars off"},
    "points": 500,
    "tier": "gold",
    "reward": {"type": "fixed", "amount": {"amount": "5000", "currency": "IQD"}},
    "minimum": {"amount": "20000", "currency": "IQD"},
    "valid_days": 90,
}))]
pub(crate) struct LoyaltyRewardRequest {
    /// What it is called, by language.
    name: Texts,
    /// What it costs.
    #[schema(minimum = 1)]
    points: u64,
    /// The lowest tier that gets it; everybody where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32)]
    tier: Option<String>,
    /// What its coupon takes off: `percentage` or `fixed`.
    reward: RewardRequest,
    /// Only off orders whose lines come to at least this, before any discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<AmountRequest>,
    /// The coupon is taken for so many days; without an end where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3_660)]
    valid_days: Option<u16>,
    /// Only in a revision: it cannot be had any more, for good.
    #[serde(default)]
    pub(super) retired: bool,
}

impl TryFrom<LoyaltyRewardRequest> for RewardTerms {
    type Error = Problem;

    fn try_from(request: LoyaltyRewardRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let name = fields.localized("/name", request.name);
        let tier = fields.check_optional("/tier", request.tier, |code| Code::parse(&code));
        let reward = request.reward.parse(&mut fields);
        let minimum = match &request.minimum {
            None => Some(None),
            Some(amount) => amount.parse(&mut fields, "/minimum").map(Some),
        };
        let parsed = || {
            Some(Self {
                name: name?,
                points: request.points,
                tier: tier?,
                reward: reward?,
                minimum: minimum?,
                valid_days: request.valid_days,
            })
        };
        parsed().ok_or_else(|| fields.into_problem())
    }
}

/// Which reward is wanted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reward_id": "rwd_0190c7a2000070008000000000000001"}))]
pub(crate) struct RedeemRequest {
    /// `rwd_…`
    reward_id: String,
}

impl RedeemRequest {
    pub(super) fn reward(&self) -> Result<RewardId, Problem> {
        let mut fields = Fields::default();
        fields.id("/reward_id", &self.reward_id).ok_or_else(|| fields.into_problem())
    }
}

/// A correction of somebody's points.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "customer_id": "usr_0190c7a2000070008000000000000001",
    "points": -25,
    "reason": "counted twice",
}))]
pub(crate) struct AdjustmentRequest {
    /// `usr_…`
    customer_id: String,
    /// How many more; below zero, how many fewer.
    pub(super) points: i64,
    /// Why; the customer sees it.
    #[schema(max_length = 500)]
    reason: String,
}

impl AdjustmentRequest {
    pub(super) fn parse(&self) -> Result<(AccountId, Reason), Problem> {
        let mut fields = Fields::default();
        let customer = fields.id("/customer_id", &self.customer_id);
        let reason = fields.check("/reason", Reason::parse(&self.reason));
        customer.zip(reason).ok_or_else(|| fields.into_problem())
    }
}
