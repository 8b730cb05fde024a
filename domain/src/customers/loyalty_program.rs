//! The loyalty programme: by what points are earned and lost, and what can be had for them.
//!
//! LOY-1 Tiers rise strictly; each currency has one rate.
//! LOY-2 A retired reward stays retired.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{LoyaltyError, LoyaltyProgramCommand, LoyaltyProgramEvent, LoyaltyRules, RewardTerms, Tier};
use crate::{decider::Decider, ids::RewardId, money::Money, pricing::Reward, text::Code};

/// The id of the one stream.
pub const LOYALTY_PROGRAM: &str = "loyalty";

/// The most rewards that can be had at the same time.
pub const MAX_REWARDS: usize = 100;

/// The most points of a reward, a tier, a rate or an adjustment.
pub const MAX_POINTS: u64 = 1_000_000_000;

/// The most tiers, and the most currencies.
const MAX_TIERS: usize = 20;

/// The longest window, life or notice: ten years.
pub const MAX_DAYS: u16 = 3_660;

/// The greatest multiplier of a tier: a hundred times.
const MAX_MULTIPLIER_PERCENT: u16 = 10_000;

/// By what points are earned and lost, and what can be had for them.
#[derive(Debug)]
pub struct LoyaltyProgram;

/// A reward as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReward {
    /// All of it.
    pub terms: RewardTerms,
    /// It cannot be had any more.
    pub is_retired: bool,
}

/// What is known of the programme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoyaltyProgramState {
    rules: LoyaltyRules,
    rewards: BTreeMap<RewardId, KnownReward>,
}

impl Default for LoyaltyRules {
    /// Nothing is earned.
    fn default() -> Self {
        Self {
            rates: Vec::new(),
            tiers: Vec::new(),
            tier_window_days: 365,
            expire_after_days: None,
            remind_before_days: None,
        }
    }
}

impl LoyaltyRules {
    /// The highest tier that so many points within the window reach.
    #[must_use]
    pub fn tier(&self, earned: u64) -> Option<&Tier> {
        self.tiers.iter().rev().find(|tier| tier.from_points <= earned)
    }

    /// The lowest tier that so many points do not reach.
    #[must_use]
    pub fn next_tier(&self, earned: u64) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.from_points > earned)
    }

    /// Whether who has earned so many gets what is for `tier`. What is for a tier that there is no more, nobody gets.
    #[must_use]
    pub fn reaches(&self, earned: u64, tier: Option<&Code>) -> bool {
        tier.is_none_or(|wanted| {
            self.tiers.iter().any(|tier| tier.code == *wanted && tier.from_points <= earned)
        })
    }

    /// What an amount earns for who has earned so many before, rounded down once; nothing of other currencies.
    #[must_use]
    pub fn points_for(&self, paid: Money, earned: u64) -> u64 {
        let Some(rate) = self.rates.iter().find(|rate| rate.spent.currency() == paid.currency()) else {
            return 0;
        };
        let percent = self.tier(earned).map_or(100, |tier| tier.multiplier_percent);
        let product = i128::from(paid.minor().max(0)) * i128::from(rate.points) * i128::from(percent);
        let points = product.checked_div(i128::from(rate.spent.minor()) * 100).unwrap_or(0);
        u64::try_from(points).unwrap_or(0).min(MAX_POINTS)
    }

    /// From when on earned points count for the tier.
    #[must_use]
    pub fn window_start(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::days(i64::from(self.tier_window_days))
    }

    /// When points that come now are lost, and when their owner is reminded of that.
    #[must_use]
    pub fn life(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let days = |days: u16| TimeDelta::days(i64::from(days));
        let expires_at = self.expire_after_days.map(|life| now + days(life));
        let remind_at = expires_at.zip(self.remind_before_days).map(|(end, before)| end - days(before));
        (expires_at, remind_at)
    }

    fn check(&self) -> Result<(), LoyaltyError> {
        let invalid = |pointer: String, why| Err(LoyaltyError::RulesInvalid { pointer, why });
        if self.rates.len() > MAX_TIERS || self.tiers.len() > MAX_TIERS {
            return invalid(String::new(), "there are at most 20 rates and 20 tiers");
        }
        let mut currencies = BTreeSet::new();
        for (index, rate) in self.rates.iter().enumerate() {
            if rate.points == 0 || u64::from(rate.points) > MAX_POINTS || rate.spent.minor() < 1 {
                return invalid(format!("/rates/{index}"), "points and amount must be more than none");
            }
            if !currencies.insert(rate.spent.currency().code()) {
                return invalid(format!("/rates/{index}"), "a currency has one rate");
            }
        }
        let mut codes = BTreeSet::new();
        let mut before = None;
        for (index, tier) in self.tiers.iter().enumerate() {
            if before.is_some_and(|before| before >= tier.from_points) || tier.from_points > MAX_POINTS {
                return invalid(format!("/tiers/{index}/from_points"), "tiers rise strictly");
            }
            if !codes.insert(tier.code.as_str()) {
                return invalid(format!("/tiers/{index}/code"), "a code belongs to one tier");
            }
            if !(1..=MAX_MULTIPLIER_PERCENT).contains(&tier.multiplier_percent) {
                let why = "a multiplier is from 1 to 10000 percent";
                return invalid(format!("/tiers/{index}/multiplier_percent"), why);
            }
            before = Some(tier.from_points);
        }
        let days = |days: u16| (1..=MAX_DAYS).contains(&days);
        if !days(self.tier_window_days) || !self.expire_after_days.is_none_or(days) {
            return invalid(String::new(), "times are from 1 to 3660 days");
        }
        let is_late = |before: u16| self.expire_after_days.is_none_or(|life| before >= life);
        if self.remind_before_days.is_some_and(|before| before == 0 || is_late(before)) {
            return invalid("/remind_before_days".to_owned(), "a reminder comes before the points are lost");
        }
        Ok(())
    }
}

impl RewardTerms {
    fn check(&self) -> Result<(), LoyaltyError> {
        let invalid = |pointer, why| Err(LoyaltyError::RewardInvalid { pointer, why });
        if !(1..=MAX_POINTS).contains(&self.points) {
            return invalid("/points", "a reward costs at least one point and at most 1000000000");
        }
        let currency = match &self.reward {
            Reward::Percentage(off) if off.rate.get() == 0 => {
                return invalid("/reward", "it takes nothing off");
            }
            Reward::Percentage(_) => None,
            Reward::Fixed(off) if off.amount.minor() < 1 => {
                return invalid("/reward", "it takes nothing off");
            }
            Reward::Fixed(off) => Some(off.amount.currency()),
            Reward::BuyXGetY(_) | Reward::Bundle(_) => {
                return invalid("/reward", "a reward takes a percentage or a fixed amount off");
            }
        };
        if let Some(minimum) = self.minimum
            && (minimum.is_negative() || currency.is_some_and(|currency| currency != minimum.currency()))
        {
            return invalid("/minimum", "a minimum is not negative, and in the currency of the amount");
        }
        if self.valid_days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            return invalid("/valid_days", "a coupon is taken for 1 to 3660 days");
        }
        Ok(())
    }
}

impl LoyaltyProgramState {
    /// By what points are earned and lost.
    #[must_use]
    pub const fn rules(&self) -> &LoyaltyRules {
        &self.rules
    }

    /// Every reward there ever was, the oldest first.
    #[must_use]
    pub const fn rewards(&self) -> &BTreeMap<RewardId, KnownReward> {
        &self.rewards
    }

    /// A reward that can be had by who has earned so many points within the window.
    ///
    /// # Errors
    /// It is unknown, retired or for a higher tier.
    pub fn redeemable(&self, reward: RewardId, earned: u64) -> Result<&RewardTerms, LoyaltyError> {
        let known = self.rewards.get(&reward).ok_or(LoyaltyError::RewardNotFound)?;
        if known.is_retired {
            return Err(LoyaltyError::RewardRetired);
        }
        if !self.rules.reaches(earned, known.terms.tier.as_ref()) {
            return Err(LoyaltyError::TierTooLow);
        }
        Ok(&known.terms)
    }

    fn check_tier(&self, terms: &RewardTerms) -> Result<(), LoyaltyError> {
        let is_known = |wanted: &Code| self.rules.tiers.iter().any(|tier| tier.code == *wanted);
        if terms.tier.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        Err(LoyaltyError::RewardInvalid { pointer: "/tier", why: "there is no such tier" })
    }
}

impl Decider for LoyaltyProgram {
    const KIND: &'static str = "loyalty_program";

    type State = LoyaltyProgramState;
    type Command = LoyaltyProgramCommand;
    type Event = LoyaltyProgramEvent;
    type Error = LoyaltyError;

    fn decide(
        state: &LoyaltyProgramState,
        command: LoyaltyProgramCommand,
    ) -> Result<Vec<LoyaltyProgramEvent>, LoyaltyError> {
        match command {
            LoyaltyProgramCommand::SetRules { rules } if state.rules == rules => Ok(Vec::new()),
            LoyaltyProgramCommand::SetRules { rules } => {
                rules.check()?;
                Ok(vec![LoyaltyProgramEvent::LoyaltyRulesSet { rules }])
            }
            LoyaltyProgramCommand::AddReward { reward, terms } => {
                if state.rewards.values().filter(|known| !known.is_retired).count() >= MAX_REWARDS {
                    return Err(LoyaltyError::TooManyRewards { max: MAX_REWARDS });
                }
                terms.check()?;
                state.check_tier(&terms)?;
                Ok(vec![LoyaltyProgramEvent::RewardAdded { reward, terms }])
            }
            LoyaltyProgramCommand::ReviseReward { reward, terms } => {
                let known = state.rewards.get(&reward).ok_or(LoyaltyError::RewardNotFound)?;
                if known.terms == *terms {
                    return Ok(Vec::new());
                }
                if known.is_retired {
                    return Err(LoyaltyError::RewardRetired);
                }
                terms.check()?;
                state.check_tier(&terms)?;
                Ok(vec![LoyaltyProgramEvent::RewardRevised { reward, terms }])
            }
            LoyaltyProgramCommand::RetireReward { reward } => {
                let known = state.rewards.get(&reward).ok_or(LoyaltyError::RewardNotFound)?;
                if known.is_retired {
                    return Ok(Vec::new());
                }
                Ok(vec![LoyaltyProgramEvent::RewardRetired { reward }])
            }
        }
    }

    fn evolve(state: &mut LoyaltyProgramState, event: &LoyaltyProgramEvent) {
        match event {
            LoyaltyProgramEvent::LoyaltyRulesSet { rules } => state.rules = rules.clone(),
            LoyaltyProgramEvent::RewardAdded { reward, terms }
            | LoyaltyProgramEvent::RewardRevised { reward, terms } => {
                let known = KnownReward { terms: (**terms).clone(), is_retired: false };
                state.rewards.insert(*reward, known);
            }
            LoyaltyProgramEvent::RewardRetired { reward } => {
                if let Some(known) = state.rewards.get_mut(reward) {
                    known.is_retired = true;
                }
            }
        }
    }
}
