//! The loyalty programme, and what customers have of it. A redemption and its coupon are one unit, so that no points go
//! without a coupon, nor a coupon without points.

use aws_lc_rs::rand;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    customers::{
        LOYALTY_PROGRAM, LoyaltyAccount, LoyaltyAccountCommand, LoyaltyAccountState, LoyaltyProgram,
        LoyaltyProgramCommand, LoyaltyProgramState, LoyaltyRules, RewardTerms,
    },
    decider::Decider,
    identity::{Account, AccountError, Role},
    ids::{AccountId, RewardId},
    pricing::{
        Coupon, CouponCode, CouponCommand, CouponTerms, Grant, Limits, Offer, Scope, Stacking, Validity,
    },
    text::Reason,
};
use event_store::{AsOf, Executed, RecordedEvent, StreamRef, ids};
use serde::{Deserialize, Serialize};

use super::{Customers, address::must_be_alive};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, check_version, execute, judge, refuse},
};

/// What the codes of redeemed coupons are made of: no letter or digit is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eighty random bits: nobody guesses a code.
const CODE_CHARS: usize = 16;

/// The programme as the log has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoyaltyProgramView {
    /// Rules and rewards.
    pub state: LoyaltyProgramState,
    /// How often it was changed: the `ETag`.
    pub version: i64,
}

/// The points of a customer as the log has them now, beside the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoyaltyView {
    /// The points; [`Self::now`] says what of them has expired.
    pub points: LoyaltyAccountState,
    /// How often they were changed.
    pub version: i64,
    /// Rules and rewards.
    pub program: LoyaltyProgramState,
    /// The moment that this was looked at.
    pub now: DateTime<Utc>,
}

/// What became of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramChanged {
    /// How often it was changed: the `ETag`.
    pub version: i64,
}

/// What became of a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardChanged {
    /// Which.
    pub reward: RewardId,
    /// It cannot be had any more.
    pub is_retired: bool,
    /// How often the programme was changed: the `ETag`.
    pub version: i64,
}

/// What a redemption came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeemed {
    /// Which reward.
    pub reward: RewardId,
    /// What it cost.
    pub points: u64,
    /// The coupon, good for one order.
    pub coupon: CouponCode,
    /// The first moment when it is not taken any more.
    pub valid_until: Option<DateTime<Utc>>,
    /// What is left.
    pub balance: u64,
    /// How often the points were changed.
    pub version: i64,
}

/// What a correction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsAdjusted {
    /// Whose points.
    pub customer: AccountId,
    /// What there is now.
    pub balance: u64,
    /// How often the points were changed.
    pub version: i64,
}

impl Customers {
    /// One's own points, beside the programme.
    ///
    /// # Errors
    /// `permission_denied`, or when the database fails.
    pub async fn loyalty(&self, call: &Call) -> Result<LoyaltyView, CommandError> {
        let id = own(call, UseCase::ShowLoyalty)?.stream();
        let reader = self.log.reader();
        let points = reader.load::<LoyaltyAccount>(&id, AsOf::Now).await?;
        let program = reader.load::<LoyaltyProgram>(LOYALTY_PROGRAM, AsOf::Now).await?;
        Ok(LoyaltyView {
            points: points.state,
            version: points.version,
            program: program.state,
            now: ids::now(),
        })
    }

    /// All that has changed one's own points, the oldest first.
    ///
    /// # Errors
    /// As [`Self::loyalty`].
    pub async fn loyalty_history(&self, call: &Call) -> Result<Vec<RecordedEvent>, CommandError> {
        let id = own(call, UseCase::ShowLoyalty)?.stream();
        Ok(self.log.reader().read_stream(LoyaltyAccount::KIND, &id, 0, AsOf::Now).await?)
    }

    /// Makes a coupon of points.
    ///
    /// # Errors
    /// `customers.reward_not_found`, `customers.reward_retired`, `customers.reward_tier_too_low`,
    /// `customers.insufficient_points`, `identity.account_erased`.
    pub async fn redeem_reward(
        &self,
        call: &Call,
        reward: RewardId,
    ) -> Result<Executed<Redeemed>, CommandError> {
        let id = own(call, UseCase::RedeemReward)?.stream();
        let coupon = random_code()?;
        let unit = reads_points(call, &id).reads(StreamRef::new_of::<Coupon>(coupon.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &id)?;
            let now = decision.now();
            let program = decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.clone();
            let earned = decision.state::<LoyaltyAccount>(&id)?.earned_within(program.rules(), now);
            let terms = match program.redeemable(reward, earned) {
                Ok(terms) => terms,
                Err(refusal) => return refuse(Refused::of(&refusal)),
            };
            let points = terms.points;
            let redeem = LoyaltyAccountCommand::Redeem { reward, points, coupon: coupon.clone(), now };
            judge::<LoyaltyAccount>(decision, &id, redeem)?;
            let terms = coupon_terms(terms, now);
            let valid_until = terms.validity.until;
            judge::<Coupon>(decision, coupon.as_str(), CouponCommand::Create { terms, now })?;
            Ok(Redeemed {
                reward,
                points,
                coupon: coupon.clone(),
                valid_until,
                balance: decision.state::<LoyaltyAccount>(&id)?.balance(),
                version: decision.version::<LoyaltyAccount>(&id)?,
            })
        })
        .await
    }

    /// The programme with all rewards that there ever were.
    ///
    /// # Errors
    /// `permission_denied`, or when the database fails.
    pub async fn loyalty_program(&self, call: &Call) -> Result<LoyaltyProgramView, CommandError> {
        call.require(UseCase::ShowLoyaltyRules)?;
        let known = self.log.reader().load::<LoyaltyProgram>(LOYALTY_PROGRAM, AsOf::Now).await?;
        Ok(LoyaltyProgramView { state: known.state, version: known.version })
    }

    /// Lets points be earned, kept and lost by these rules from now on.
    ///
    /// # Errors
    /// `customers.loyalty_rules_invalid`, or the programme was changed since `expected`.
    pub async fn set_loyalty_rules(
        &self,
        call: &Call,
        rules: LoyaltyRules,
        expected: Option<i64>,
    ) -> Result<Executed<ProgramChanged>, CommandError> {
        call.require(UseCase::SetLoyaltyRules)?;
        let unit = call.unit().reads(StreamRef::of::<LoyaltyProgram>(LOYALTY_PROGRAM));
        execute(&self.log, call, unit, move |decision| {
            check_version::<LoyaltyProgram>(decision, LOYALTY_PROGRAM, expected)?;
            let command = LoyaltyProgramCommand::SetRules { rules: rules.clone() };
            judge::<LoyaltyProgram>(decision, LOYALTY_PROGRAM, command)?;
            Ok(ProgramChanged {
                version: decision.version::<LoyaltyProgram>(LOYALTY_PROGRAM)?,
            })
        })
        .await
    }

    /// Offers something more for points.
    ///
    /// # Errors
    /// `customers.reward_invalid`, `customers.too_many_rewards`.
    pub async fn add_reward(
        &self,
        call: &Call,
        terms: RewardTerms,
    ) -> Result<Executed<RewardChanged>, CommandError> {
        call.require(UseCase::AddReward)?;
        let reward = RewardId::from_uuid(ids::uuid());
        let add = LoyaltyProgramCommand::AddReward { reward, terms: Box::new(terms) };
        self.change_rewards(call, reward, vec![add], None).await
    }

    /// Puts another reward in a reward's place, and retires it where that is asked. What was redeemed stays.
    ///
    /// # Errors
    /// `customers.reward_not_found`, `customers.reward_retired`, `customers.reward_invalid`, or the programme was
    /// changed since `expected`.
    pub async fn revise_reward(
        &self,
        call: &Call,
        reward: RewardId,
        terms: RewardTerms,
        is_retired: bool,
        expected: Option<i64>,
    ) -> Result<Executed<RewardChanged>, CommandError> {
        call.require(UseCase::ReviseReward)?;
        let mut commands = vec![LoyaltyProgramCommand::ReviseReward { reward, terms: Box::new(terms) }];
        if is_retired {
            commands.push(LoyaltyProgramCommand::RetireReward { reward });
        }
        self.change_rewards(call, reward, commands, expected).await
    }

    async fn change_rewards(
        &self,
        call: &Call,
        reward: RewardId,
        commands: Vec<LoyaltyProgramCommand>,
        expected: Option<i64>,
    ) -> Result<Executed<RewardChanged>, CommandError> {
        let unit = call.unit().reads(StreamRef::of::<LoyaltyProgram>(LOYALTY_PROGRAM));
        execute(&self.log, call, unit, move |decision| {
            check_version::<LoyaltyProgram>(decision, LOYALTY_PROGRAM, expected)?;
            for command in &commands {
                judge::<LoyaltyProgram>(decision, LOYALTY_PROGRAM, command.clone())?;
            }
            let known = decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.rewards().get(&reward);
            Ok(RewardChanged {
                reward,
                is_retired: known.is_some_and(|known| known.is_retired),
                version: decision.version::<LoyaltyProgram>(LOYALTY_PROGRAM)?,
            })
        })
        .await
    }

    /// Corrects a customer's points.
    ///
    /// # Errors
    /// `identity.account_not_found` also where the account is no customer's, `customers.insufficient_points`,
    /// `customers.points_out_of_range`.
    pub async fn adjust_points(
        &self,
        call: &Call,
        customer: AccountId,
        points: i64,
        reason: Reason,
    ) -> Result<Executed<PointsAdjusted>, CommandError> {
        call.require(UseCase::AdjustPoints)?;
        let id = customer.stream();
        execute(&self.log, call, reads_points(call, &id), move |decision| {
            if decision.state::<Account>(&id)?.role() != Some(Role::Customer) {
                return refuse(Refused::of(&AccountError::NotFound));
            }
            must_be_alive(decision, &id)?;
            let rules = decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.rules().clone();
            let now = decision.now();
            let adjust = LoyaltyAccountCommand::Adjust { points, reason: reason.clone(), rules, now };
            judge::<LoyaltyAccount>(decision, &id, adjust)?;
            Ok(PointsAdjusted {
                customer,
                balance: decision.state::<LoyaltyAccount>(&id)?.balance(),
                version: decision.version::<LoyaltyAccount>(&id)?,
            })
        })
        .await
    }
}

/// Names what decisions on a customer's points look at.
pub(super) fn reads_points(call: &Call, id: &str) -> event_store::Unit {
    call.unit()
        .reads(StreamRef::of::<Account>(id))
        .reads(StreamRef::of::<LoyaltyAccount>(id))
        .reads(StreamRef::of::<LoyaltyProgram>(LOYALTY_PROGRAM))
}

fn own(call: &Call, use_case: UseCase) -> Result<AccountId, CommandError> {
    call.require(use_case)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}

/// Good for one order of whoever shows the code.
fn coupon_terms(reward: &RewardTerms, now: DateTime<Utc>) -> CouponTerms {
    CouponTerms {
        grant: Grant::Offer(Box::new(Offer {
            reward: reward.reward.clone(),
            scope: Scope::default(),
            minimum: reward.minimum,
            cap: None,
            stacking: Stacking::Stackable,
        })),
        validity: Validity {
            from: now,
            until: reward.valid_days.map(|days| now + TimeDelta::days(i64::from(days))),
        },
        limits: Limits { total: Some(1), per_customer: None },
    }
}

fn random_code() -> Result<CouponCode, CommandError> {
    let mut random = [0_u8; CODE_CHARS];
    let failed = |_| CommandError::Fault("the system has no random numbers".to_owned());
    rand::fill(&mut random).map_err(failed)?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
    let code: String = random.iter().map(letter).collect();
    CouponCode::parse(&format!("LOY-{code}")).map_err(|error| CommandError::Fault(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_long_and_differ() {
        let codes: HashSet<String> = (0..200).map(|_| random_code().unwrap().to_string()).collect();
        assert_eq!(codes.len(), 200);
        assert!(codes.iter().all(|code| code.len() == 20 && code.starts_with("LOY-")));
        let used: HashSet<char> = codes.iter().flat_map(|code| code.chars().skip(4)).collect();
        assert_eq!(used.len(), 32, "every letter of the alphabet is used");
    }
}
