//! The points of a customer, in lots: what came together expires together, and the oldest is spent first.
//!
//! LOY-3 The balance is the sum of the lots and the sum of all that changed it; it is never below zero.
//! LOY-4 An order earns once, and a return takes back once: of the order's points the share of what was credited, by
//!       largest remainder over all its returns, so that a whole order takes back exactly what it earned.
//! LOY-5 What is due back and was spent already is owed; the next points that come pay for it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{LoyaltyAccountCommand, LoyaltyAccountEvent, LoyaltyError, LoyaltyRules, MAX_POINTS};
use crate::{
    decider::Decider,
    ids::{OrderId, ReturnId},
    money::{Money, split_by_weight},
};

/// A reminder also tells of what expires so many days after its time, and none follows within them.
pub const REMINDER_PAUSE_DAYS: u16 = 7;

/// The points of one customer.
#[derive(Debug)]
pub struct LoyaltyAccount;

/// Points that came together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointsLot {
    /// What earned them; absent for an adjustment.
    pub order: Option<OrderId>,
    /// What is left of them, more than none.
    pub left: u64,
    /// When that is lost.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What an order has earned, and what went back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OrderPoints {
    earned: Option<Earned>,
    /// In minor units.
    credited: i64,
    returns: BTreeSet<ReturnId>,
    /// Of the points, owed ones too.
    taken_back: u64,
    /// Of the points.
    expired: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Earned {
    paid: Money,
    points: u64,
    at: DateTime<Utc>,
}

/// What is known of a customer's points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoyaltyAccountState {
    /// The oldest first.
    lots: Vec<PointsLot>,
    orders: BTreeMap<OrderId, OrderPoints>,
    owed: u64,
    reminded_at: Option<DateTime<Utc>>,
}

impl LoyaltyAccountState {
    /// What is left of all points, whatever their age.
    #[must_use]
    pub fn balance(&self) -> u64 {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    /// What can be spent at this moment.
    #[must_use]
    pub fn spendable(&self, now: DateTime<Utc>) -> u64 {
        self.balance() - self.expiring(now)
    }

    /// What is left of the points that are lost until then.
    #[must_use]
    pub fn expiring(&self, until: DateTime<Utc>) -> u64 {
        self.lots.iter().filter(|lot| lot.is_over(until)).map(|lot| lot.left).sum()
    }

    /// What is left, the oldest first.
    #[must_use]
    pub fn lots(&self) -> &[PointsLot] {
        &self.lots
    }

    /// What was due back and had been spent.
    #[must_use]
    pub const fn owed(&self) -> u64 {
        self.owed
    }

    /// What orders have earned within the rules' window, less what went back: by this the tier goes.
    #[must_use]
    pub fn earned_within(&self, rules: &LoyaltyRules, now: DateTime<Utc>) -> u64 {
        let from = rules.window_start(now);
        let earned = self.orders.values().filter_map(|order| Some((order.earned?, order.taken_back)));
        earned
            .filter(|(earned, _)| earned.at > from)
            .map(|(earned, back)| earned.points.saturating_sub(back))
            .sum()
    }

    fn spend(&mut self, own: Option<OrderId>, points: u64) {
        let mut wanted = points;
        let mut take = |lot: &mut PointsLot| {
            let taken = lot.left.min(wanted);
            lot.left -= taken;
            wanted -= taken;
        };
        self.lots.iter_mut().filter(|lot| own.is_some() && lot.order == own).for_each(&mut take);
        self.lots.iter_mut().for_each(&mut take);
        self.lots.retain(|lot| lot.left > 0);
    }

    fn expire(&mut self, until: DateTime<Utc>) {
        for lot in self.lots.iter().filter(|lot| lot.is_over(until)) {
            if let Some(order) = lot.order.and_then(|order| self.orders.get_mut(&order)) {
                order.expired += lot.left;
            }
        }
        self.lots.retain(|lot| !lot.is_over(until));
    }
}

impl PointsLot {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

impl OrderPoints {
    /// What is to go back now, all that was credited so far considered (LOY-4). What has expired is gone already.
    fn due(&self) -> u64 {
        let Some(Earned { paid, points, .. }) = self.earned else {
            return 0;
        };
        let credited = u64::try_from(self.credited.min(paid.minor())).unwrap_or(0);
        let kept = u64::try_from(paid.minor()).unwrap_or(0) - credited;
        // Points are whole, as minor units are, so the same largest remainder splits them.
        let whole = Money::from_minor(i64::try_from(points).unwrap_or(i64::MAX), paid.currency());
        let parts = split_by_weight(whole, &[credited, kept]).unwrap_or_default();
        let share = parts.first().map_or(0, |part| u64::try_from(part.minor()).unwrap_or(0));
        let left = points.saturating_sub(self.taken_back).saturating_sub(self.expired);
        share.saturating_sub(self.taken_back).min(left)
    }
}

/// Events of one decision, each judged on what the ones before have made.
struct Steps {
    state: LoyaltyAccountState,
    events: Vec<LoyaltyAccountEvent>,
}

impl Steps {
    /// What is too old goes first.
    fn at(state: &LoyaltyAccountState, now: DateTime<Utc>) -> Self {
        let mut steps = Self { state: state.clone(), events: Vec::new() };
        let points = state.expiring(now);
        if points > 0 {
            steps.push(LoyaltyAccountEvent::PointsExpired { until: now, points });
        }
        steps
    }

    fn push(&mut self, event: LoyaltyAccountEvent) {
        LoyaltyAccount::evolve(&mut self.state, &event);
        self.events.push(event);
    }

    /// What came pays for what is owed.
    fn offset(&mut self, came: u64) {
        let points = self.state.owed.min(came);
        if points > 0 {
            self.push(LoyaltyAccountEvent::PointsOffset { points });
        }
    }

    fn take_back(&mut self, order: OrderId, return_id: Option<ReturnId>, credited: Money) {
        let mut after = self.state.orders.get(&order).cloned().unwrap_or_default();
        after.credited = after.credited.saturating_add(credited.minor());
        let due = after.due();
        let points = due.min(self.state.balance());
        let owed = due - points;
        self.push(LoyaltyAccountEvent::PointsTakenBack { order, return_id, credited, points, owed });
    }

    fn need(&self, needed: u64) -> Result<(), LoyaltyError> {
        let balance = self.state.balance();
        if balance < needed {
            return Err(LoyaltyError::InsufficientPoints { balance, needed });
        }
        Ok(())
    }
}

impl Decider for LoyaltyAccount {
    const KIND: &'static str = "loyalty_account";

    type State = LoyaltyAccountState;
    type Command = LoyaltyAccountCommand;
    type Event = LoyaltyAccountEvent;
    type Error = LoyaltyError;

    fn decide(
        state: &LoyaltyAccountState,
        command: LoyaltyAccountCommand,
    ) -> Result<Vec<LoyaltyAccountEvent>, LoyaltyError> {
        let mut steps;
        match command {
            LoyaltyAccountCommand::Earn { order, paid, rules, now } => {
                return Ok(earn(state, order, paid, &rules, now));
            }
            LoyaltyAccountCommand::TakeBack { order, return_id, credited, now } => {
                if state.orders.get(&order).is_some_and(|known| known.returns.contains(&return_id)) {
                    return Ok(Vec::new());
                }
                steps = Steps::at(state, now);
                steps.take_back(order, Some(return_id), credited);
            }
            LoyaltyAccountCommand::Redeem { reward, points, coupon, now } => {
                steps = Steps::at(state, now);
                steps.need(points)?;
                steps.push(LoyaltyAccountEvent::PointsRedeemed { reward, points, coupon });
            }
            LoyaltyAccountCommand::Adjust { points, reason, rules, now } => {
                if points == 0 || points.unsigned_abs() > MAX_POINTS {
                    return Err(LoyaltyError::PointsOutOfRange { max: MAX_POINTS });
                }
                steps = Steps::at(state, now);
                let mut life = (None, None);
                if points > 0 {
                    life = rules.life(now);
                } else {
                    steps.need(points.unsigned_abs())?;
                }
                let (expires_at, remind_at) = life;
                steps.push(LoyaltyAccountEvent::PointsAdjusted {
                    points,
                    reason,
                    at: now,
                    expires_at,
                    remind_at,
                });
                steps.offset(u64::try_from(points).unwrap_or(0));
            }
            LoyaltyAccountCommand::Expire { now } => steps = Steps::at(state, now),
            LoyaltyAccountCommand::Remind { days, now } => {
                steps = Steps::at(state, now);
                let pause = TimeDelta::days(i64::from(REMINDER_PAUSE_DAYS));
                let until = now + TimeDelta::days(i64::from(days)) + pause;
                let points = steps.state.expiring(until);
                let is_told = state.reminded_at.is_some_and(|told| told + pause > now);
                if points > 0 && !is_told {
                    steps.push(LoyaltyAccountEvent::ExpiryReminded { points, until, at: now });
                }
            }
        }
        Ok(steps.events)
    }

    fn evolve(state: &mut LoyaltyAccountState, event: &LoyaltyAccountEvent) {
        match event {
            LoyaltyAccountEvent::PointsEarned { order, paid, points, at, expires_at, remind_at: _ } => {
                let earned = Earned { paid: *paid, points: *points, at: *at };
                state.orders.entry(*order).or_default().earned = Some(earned);
                let lot = PointsLot { order: Some(*order), left: *points, expires_at: *expires_at };
                state.lots.push(lot);
            }
            LoyaltyAccountEvent::PointsTakenBack { order, return_id, credited, points, owed } => {
                let known = state.orders.entry(*order).or_default();
                known.credited = known.credited.saturating_add(credited.minor());
                known.taken_back += points + owed;
                known.returns.extend(*return_id);
                state.owed += owed;
                state.spend(Some(*order), *points);
            }
            LoyaltyAccountEvent::PointsOffset { points } => {
                state.owed = state.owed.saturating_sub(*points);
                state.spend(None, *points);
            }
            LoyaltyAccountEvent::PointsRedeemed { points, reward: _, coupon: _ } => {
                state.spend(None, *points)
            }
            LoyaltyAccountEvent::PointsAdjusted { points, expires_at, reason: _, at: _, remind_at: _ } => {
                match u64::try_from(*points) {
                    Ok(left) => state.lots.push(PointsLot { order: None, left, expires_at: *expires_at }),
                    Err(_) => state.spend(None, points.unsigned_abs()),
                }
            }
            LoyaltyAccountEvent::PointsExpired { until, points: _ } => state.expire(*until),
            LoyaltyAccountEvent::ExpiryReminded { at, points: _, until: _ } => state.reminded_at = Some(*at),
        }
    }
}

fn earn(
    state: &LoyaltyAccountState,
    order: OrderId,
    paid: Money,
    rules: &LoyaltyRules,
    now: DateTime<Utc>,
) -> Vec<LoyaltyAccountEvent> {
    if state.orders.get(&order).is_some_and(|known| known.earned.is_some()) {
        return Vec::new();
    }
    let points = rules.points_for(paid, state.earned_within(rules, now));
    if points == 0 {
        return Vec::new();
    }
    let mut steps = Steps::at(state, now);
    let (expires_at, remind_at) = rules.life(now);
    steps.push(LoyaltyAccountEvent::PointsEarned { order, paid, points, at: now, expires_at, remind_at });
    if steps.state.orders.get(&order).is_some_and(|known| known.due() > 0) {
        steps.take_back(order, None, Money::zero(paid.currency()));
    }
    // What a return from before takes is not there to pay with.
    let came = steps.state.lots.iter().filter(|lot| lot.order == Some(order)).map(|lot| lot.left).sum();
    steps.offset(came);
    steps.events
}
