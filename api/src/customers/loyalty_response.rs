//! What the loyalty programme answers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use commands::customers::{LoyaltyProgramView, LoyaltyView, PointsAdjusted, Redeemed, RewardChanged};
use domain::{
    customers::{KnownReward, LoyaltyAccountEvent, LoyaltyRules, Tier},
    ids::RewardId,
};
use event_store::RecordedEvent;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        Problem,
        shapes::{MoneyBody, Texts, texts},
    },
    pricing::response::RewardBody,
};

/// How many points an amount is worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EarningRate)]
pub(crate) struct EarningRateBody {
    /// So many points …
    points: u32,
    /// … for each of this amount.
    spent: MoneyBody,
}

/// A step of the programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoyaltyTier)]
pub(crate) struct TierBody {
    /// Such as `gold`.
    code: String,
    /// What it is called, by language.
    name: Texts,
    /// Whoever has earned so many points within the window is in it.
    from_points: u64,
    /// By how much more points are earned in it.
    multiplier_percent: u16,
}

impl From<&Tier> for TierBody {
    fn from(tier: &Tier) -> Self {
        Self {
            code: tier.code.to_string(),
            name: texts(&tier.name),
            from_points: tier.from_points,
            multiplier_percent: tier.multiplier_percent,
        }
    }
}

/// Points that are lost at the same time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpiringPoints)]
pub(crate) struct ExpiringBody {
    /// How many.
    points: u64,
    /// When.
    expires_at: DateTime<Utc>,
}

/// The points of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Loyalty)]
pub(crate) struct LoyaltyBody {
    /// What can be spent now.
    points: u64,
    /// What came back had been spent already: the next points pay for so many.
    owed: u64,
    /// What orders have earned within the window, less what went back: by this the tier goes.
    earned_in_window: u64,
    /// The tier; null below the first.
    tier: Option<TierBody>,
    /// The next one; null in the highest.
    next_tier: Option<TierBody>,
    /// What will be lost, the first to go first.
    expiring: Vec<ExpiringBody>,
    /// How often the points were changed.
    version: i64,
}

impl From<&LoyaltyView> for LoyaltyBody {
    fn from(view: &LoyaltyView) -> Self {
        let (rules, now) = (view.program.rules(), view.now);
        let earned = view.points.earned_within(rules, now);
        let mut expiring: BTreeMap<DateTime<Utc>, u64> = BTreeMap::new();
        for lot in view.points.lots() {
            if let Some(end) = lot.expires_at.filter(|end| *end > now) {
                *expiring.entry(end).or_default() += lot.left;
            }
        }
        Self {
            points: view.points.spendable(now),
            owed: view.points.owed(),
            earned_in_window: earned,
            tier: rules.tier(earned).map(TierBody::from),
            next_tier: rules.next_tier(earned).map(TierBody::from),
            expiring: expiring
                .into_iter()
                .map(|(expires_at, points)| ExpiringBody { points, expires_at })
                .collect(),
            version: view.version,
        }
    }
}

/// Something that changed the points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointsChange)]
pub(crate) struct PointsChangeBody {
    /// Its place in the history of the points.
    version: i64,
    /// `earned`, `taken_back`, `offset` (paid for what was owed), `redeemed`, `adjusted` or `expired`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// By how much; below zero, how many went.
    points: i64,
    /// What there was after it.
    balance: i64,
    /// When.
    at: DateTime<Utc>,
    /// `ord_…`, where an order earned or came back.
    order_id: Option<String>,
    /// `rwd_…`, where a reward was redeemed.
    reward_id: Option<String>,
    /// The coupon that it gave.
    coupon: Option<String>,
    /// Why somebody corrected them.
    reason: Option<String>,
    /// When what came is lost.
    expires_at: Option<DateTime<Utc>>,
}

impl PointsChangeBody {
    /// All changes, the oldest first.
    pub(super) fn all(events: &[RecordedEvent]) -> Result<Vec<Self>, Problem> {
        let mut balance = 0_i64;
        let mut changes = Vec::with_capacity(events.len());
        for event in events {
            let fact: &LoyaltyAccountEvent = event.typed().map_err(|error| Problem::internal(&error))?;
            balance = balance.saturating_add(fact.change());
            let mut change = Self {
                version: event.sequence,
                kind: "",
                points: fact.change(),
                balance,
                at: event.recorded_at,
                order_id: None,
                reward_id: None,
                coupon: None,
                reason: None,
                expires_at: None,
            };
            change.kind = match fact {
                LoyaltyAccountEvent::PointsEarned { order, expires_at, .. } => {
                    change.order_id = Some(order.to_string());
                    change.expires_at = *expires_at;
                    "earned"
                }
                LoyaltyAccountEvent::PointsTakenBack { order, .. } => {
                    change.order_id = Some(order.to_string());
                    "taken_back"
                }
                LoyaltyAccountEvent::PointsOffset { .. } => "offset",
                LoyaltyAccountEvent::PointsRedeemed { reward, coupon, .. } => {
                    change.reward_id = Some(reward.to_string());
                    change.coupon = Some(coupon.to_string());
                    "redeemed"
                }
                LoyaltyAccountEvent::PointsAdjusted { reason, expires_at, .. } => {
                    change.reason = Some(reason.to_string());
                    change.expires_at = *expires_at;
                    "adjusted"
                }
                LoyaltyAccountEvent::PointsExpired { .. } => "expired",
                // Nothing that changes them.
                LoyaltyAccountEvent::ExpiryReminded { .. } => continue,
            };
            changes.push(change);
        }
        Ok(changes)
    }

    /// Where a page goes on.
    pub(super) const fn version(&self) -> i64 {
        self.version
    }
}

/// Something to be had for points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoyaltyReward)]
pub(crate) struct LoyaltyRewardBody {
    /// `rwd_…`
    id: String,
    /// What it is called, by language.
    name: Texts,
    /// What it costs.
    points: u64,
    /// The lowest tier that gets it; null for everybody.
    tier: Option<String>,
    /// What its coupon takes off.
    reward: RewardBody,
    /// Only off orders that come to at least this.
    minimum: Option<MoneyBody>,
    /// The coupon is taken for so many days; null without an end.
    valid_days: Option<u16>,
    /// It cannot be had any more.
    retired: bool,
    /// There are enough points for it; null where nobody's points are looked at.
    affordable: Option<bool>,
}

impl LoyaltyRewardBody {
    pub(super) fn new(id: RewardId, known: &KnownReward, points: Option<u64>) -> Self {
        let terms = &known.terms;
        Self {
            id: id.to_string(),
            name: texts(&terms.name),
            points: terms.points,
            tier: terms.tier.as_ref().map(ToString::to_string),
            reward: (&terms.reward).into(),
            minimum: terms.minimum.map(Into::into),
            valid_days: terms.valid_days,
            retired: known.is_retired,
            affordable: points.map(|points| points >= terms.points),
        }
    }
}

/// By what points are earned, kept and lost, and what can be had for them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoyaltyRules)]
pub(crate) struct LoyaltyRulesBody {
    /// One for each currency; orders in others earn nothing.
    rates: Vec<EarningRateBody>,
    /// From the lowest to the highest.
    tiers: Vec<TierBody>,
    /// Points that were earned within so many days count for the tier.
    tier_window_days: u16,
    /// Points are lost so many days after they came; null where they never are.
    expire_after_days: Option<u16>,
    /// Their owner is reminded so many days before.
    remind_before_days: Option<u16>,
    /// Every reward that there ever was, the oldest first.
    rewards: Vec<LoyaltyRewardBody>,
    /// For `If-Match`.
    version: i64,
}

impl From<&LoyaltyProgramView> for LoyaltyRulesBody {
    fn from(view: &LoyaltyProgramView) -> Self {
        let rules: &LoyaltyRules = view.state.rules();
        let rate = |rate: &domain::customers::EarningRate| EarningRateBody {
            points: rate.points,
            spent: rate.spent.into(),
        };
        Self {
            rates: rules.rates.iter().map(rate).collect(),
            tiers: rules.tiers.iter().map(TierBody::from).collect(),
            tier_window_days: rules.tier_window_days,
            expire_after_days: rules.expire_after_days,
            remind_before_days: rules.remind_before_days,
            rewards: view
                .state
                .rewards()
                .iter()
                .map(|(id, known)| LoyaltyRewardBody::new(*id, known, None))
                .collect(),
            version: view.version,
        }
    }
}

/// What became of the programme.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoyaltyProgramChanged)]
pub(crate) struct ProgramChangedBody {
    /// For `If-Match`.
    pub(super) version: i64,
}

/// What became of a reward.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoyaltyRewardChanged)]
pub(crate) struct RewardChangedBody {
    /// `rwd_…`
    pub(super) id: String,
    /// It cannot be had any more.
    retired: bool,
    /// The programme's: for `If-Match`.
    pub(super) version: i64,
}

impl From<&RewardChanged> for RewardChangedBody {
    fn from(changed: &RewardChanged) -> Self {
        Self {
            id: changed.reward.to_string(),
            retired: changed.is_retired,
            version: changed.version,
        }
    }
}

/// What a redemption came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redemption)]
pub(crate) struct RedemptionBody {
    /// `rwd_…`
    reward_id: String,
    /// What it cost.
    points: u64,
    /// The code of the coupon: good for one order, of whoever shows it.
    coupon: String,
    /// The first moment when it is not taken any more; null without an end.
    valid_until: Option<DateTime<Utc>>,
    /// What is left.
    balance: u64,
    /// How often the points were changed.
    version: i64,
}

impl From<&Redeemed> for RedemptionBody {
    fn from(redeemed: &Redeemed) -> Self {
        Self {
            reward_id: redeemed.reward.to_string(),
            points: redeemed.points,
            coupon: redeemed.coupon.to_string(),
            valid_until: redeemed.valid_until,
            balance: redeemed.balance,
            version: redeemed.version,
        }
    }
}

/// What a correction came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointsAdjusted)]
pub(crate) struct AdjustedBody {
    /// `usr_…`
    customer_id: String,
    /// What there is now.
    balance: u64,
    /// How often the points were changed.
    version: i64,
}

impl From<&PointsAdjusted> for AdjustedBody {
    fn from(adjusted: &PointsAdjusted) -> Self {
        Self {
            customer_id: adjusted.customer.to_string(),
            balance: adjusted.balance,
            version: adjusted.version,
        }
    }
}
