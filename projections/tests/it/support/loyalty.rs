//! Points that are earned, spent and lost, after whatever else has happened.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    customers::{
        EarningRate, LOYALTY_PROGRAM, LoyaltyAccount, LoyaltyAccountCommand, LoyaltyAccountState,
        LoyaltyProgram, LoyaltyProgramCommand, LoyaltyProgramState, LoyaltyRules, RewardTerms, Tier,
    },
    ids::{AccountId, OrderId, ReturnId, RewardId},
    money::{BasisPoints, Currency, Money},
    pricing::{CouponCode, PercentageOff, Reward},
    text::{Code, LocalizedText, Reason},
};

use super::{chance::Chance, history::Written, written::Streams};

struct Points {
    chance: Chance,
    now: DateTime<Utc>,
    program: LoyaltyProgramState,
    accounts: BTreeMap<AccountId, (LoyaltyAccountState, Vec<OrderId>)>,
    streams: Streams,
}

/// `events`, and at least so many more about points.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let streams = Streams::after(events);
    let mut points = Points {
        chance: Chance::new(seed.wrapping_mul(37)),
        now: streams.now(),
        program: LoyaltyProgramState::default(),
        accounts: BTreeMap::new(),
        streams,
    };
    points.program(LoyaltyProgramCommand::SetRules { rules: rules(60) });
    for _ in 0..4 {
        points.accounts.insert(AccountId::from_uuid(points.chance.uuid()), <_>::default());
    }
    while points.streams.events.len() < wanted {
        points.step();
    }
    points.streams.events
}

fn rules(expire_after_days: u16) -> LoyaltyRules {
    LoyaltyRules {
        rates: vec![EarningRate { points: 2, spent: Money::from_minor(100, Currency::GBP) }],
        tiers: vec![Tier {
            code: Code::parse("gold").unwrap(),
            name: LocalizedText::single("en", "Gold").unwrap(),
            from_points: 900,
            multiplier_percent: 150,
        }],
        tier_window_days: 365,
        expire_after_days: Some(expire_after_days),
        remind_before_days: Some(9),
    }
}

impl Points {
    fn step(&mut self) {
        let now = self.now + TimeDelta::minutes(i64::try_from(self.chance.below(4_000)).unwrap());
        self.now = now;
        let customers: Vec<AccountId> = self.accounts.keys().copied().collect();
        let customer = self.chance.pick(&customers);
        let rules = self.program.rules().clone();
        let (account, orders) = &self.accounts[&customer];
        let (spendable, orders) = (account.spendable(now), orders.clone());
        let some = 1 + self.chance.below(20_000);
        let command = match self.chance.below(13) {
            0 => return self.reward(),
            1 => {
                let days = self.chance.pick(&[30, 60, 90]);
                return self.program(LoyaltyProgramCommand::SetRules { rules: self::rules(days) });
            }
            2..=5 => {
                let order = OrderId::from_uuid(self.chance.uuid());
                self.accounts.get_mut(&customer).unwrap().1.push(order);
                let paid = Money::from_minor(i64::try_from(some).unwrap(), Currency::GBP);
                LoyaltyAccountCommand::Earn { order, paid, rules, now }
            }
            6 | 7 if !orders.is_empty() => LoyaltyAccountCommand::TakeBack {
                order: self.chance.pick(&orders),
                return_id: ReturnId::from_uuid(self.chance.uuid()),
                credited: Money::from_minor(i64::try_from(some / 2).unwrap(), Currency::GBP),
                now,
            },
            8 | 9 => LoyaltyAccountCommand::Redeem {
                reward: RewardId::from_uuid(self.chance.uuid()),
                points: spendable.max(1),
                coupon: CouponCode::parse(&format!("LOY-{some}")).unwrap(),
                now,
            },
            10 => LoyaltyAccountCommand::Adjust {
                points: i64::try_from(some).unwrap() - 8_000,
                reason: Reason::parse("it's a gift").unwrap(),
                rules,
                now,
            },
            11 => LoyaltyAccountCommand::Expire { now },
            _ => LoyaltyAccountCommand::Remind { days: 30, now },
        };
        let (mut state, orders) = self.accounts.remove(&customer).unwrap();
        let when = (&mut self.chance, now);
        self.streams.decide::<LoyaltyAccount>(&mut state, &customer.stream(), command, when);
        self.accounts.insert(customer, (state, orders));
    }

    fn reward(&mut self) {
        let known: Vec<RewardId> = self.program.rewards().keys().copied().collect();
        let terms = RewardTerms {
            name: LocalizedText::single("en", &format!("'Reward' {}", self.chance.below(99))).unwrap(),
            points: 1 + self.chance.below(900),
            tier: self.chance.maybe(|_| Code::parse("gold").unwrap()),
            reward: Reward::Percentage(PercentageOff { rate: BasisPoints::try_from(1_000).unwrap() }),
            minimum: None,
            valid_days: None,
        };
        let terms = Box::new(terms);
        let command = if known.len() < 2 || self.chance.one_in(3) {
            LoyaltyProgramCommand::AddReward { reward: RewardId::from_uuid(self.chance.uuid()), terms }
        } else if self.chance.one_in(3) {
            LoyaltyProgramCommand::RetireReward { reward: self.chance.pick(&known) }
        } else {
            LoyaltyProgramCommand::ReviseReward { reward: self.chance.pick(&known), terms }
        };
        self.program(command);
    }

    fn program(&mut self, command: LoyaltyProgramCommand) {
        let mut state = std::mem::take(&mut self.program);
        let when = (&mut self.chance, self.now);
        self.streams.decide::<LoyaltyProgram>(&mut state, LOYALTY_PROGRAM, command, when);
        self.program = state;
    }
}
