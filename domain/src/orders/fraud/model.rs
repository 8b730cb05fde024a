//! What reviews have taught: how often each trait of an order was seen in fraud, and how often in honest orders (naive
//! Bayes with one added to every count). Whole numbers only, so that every machine comes to the same answer.

use serde::{Deserialize, Serialize};

use super::OrderFacts;
use crate::orders::PaymentMethod;

/// How many traits of an order are looked at.
pub const FEATURES: usize = 6;

/// The most values that a trait has.
const VALUES: usize = 5;

/// An order as the model sees it: for each trait which of at most five values it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Features([u8; FEATURES]);

impl Features {
    /// Velocity, history, amount, destination, device, payment.
    #[must_use]
    pub fn of(facts: &OrderFacts) -> Self {
        let velocity = steps(facts.recent_orders, &[2, 3, 6, 12]);
        let history = steps(facts.earlier_orders, &[1, 3, 10]);
        let amount = facts.percent_of_mean().map_or(0, |percent| steps(percent, &[0, 200, 500, 1_000]));
        let destination = u8::from(facts.earlier_orders > 0 && !facts.is_known_destination)
            .saturating_add(steps(facts.others_at_address, &[1, 3]).saturating_mul(2))
            .min(4);
        let device = match facts.is_known_device {
            None => 0,
            Some(true) if facts.others_on_device == 0 => 1,
            Some(false) if facts.others_on_device == 0 => 2,
            Some(_) => 2_u8.saturating_add(steps(facts.others_on_device, &[1, 3])),
        };
        let payment = match facts.payment_method {
            PaymentMethod::Cash => 0,
            PaymentMethod::Invoice => 1,
        };
        Self([velocity, history, amount, destination, device, payment])
    }

    /// Each trait's value, in their order.
    #[must_use]
    pub const fn values(&self) -> [u8; FEATURES] {
        self.0
    }

    /// What was kept of them; `None` where a value is none.
    #[must_use]
    pub fn from_values(values: [u8; FEATURES]) -> Option<Self> {
        values.iter().all(|value| usize::from(*value) < VALUES).then_some(Self(values))
    }
}

/// How many of the steps a number has reached.
fn steps(number: u32, steps: &[u32]) -> u8 {
    let reached = steps.iter().take_while(|step| number >= **step).count();
    u8::try_from(reached).unwrap_or(u8::MAX)
}

/// What an order turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Somebody cleared it, or it was delivered and nothing was odd.
    Honest,
    /// Somebody confirmed it.
    Fraud,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    honest: u64,
    fraud: u64,
}

impl Counts {
    const fn add(&mut self, verdict: Verdict, orders: u64) {
        let count = match verdict {
            Verdict::Honest => &mut self.honest,
            Verdict::Fraud => &mut self.fraud,
        };
        *count = count.saturating_add(orders);
    }
}

/// What was learned so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FraudModel {
    orders: Counts,
    values: [[Counts; VALUES]; FEATURES],
}

impl FraudModel {
    /// So many orders looked like this and turned out so.
    pub fn learn(&mut self, features: &Features, verdict: Verdict, orders: u64) {
        self.orders.add(verdict, orders);
        for (counts, value) in self.values.iter_mut().zip(features.0) {
            if let Some(counts) = counts.get_mut(usize::from(value)) {
                counts.add(verdict, orders);
            }
        }
    }

    /// How many orders it has learned from: each makes it another model.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.orders.honest.saturating_add(self.orders.fraud)
    }

    /// How many of them were fraud.
    #[must_use]
    pub const fn frauds(&self) -> u64 {
        self.orders.fraud
    }

    /// Whether it knows so many orders, and at least one of either kind. FRD-3.
    #[must_use]
    pub const fn has_learned(&self, after: u32) -> bool {
        // Widening.
        self.orders.fraud > 0 && self.orders.honest > 0 && self.version() >= u64_of(after)
    }

    /// How likely an order that looks like this is fraud, in thousandths. FRD-4.
    #[must_use]
    pub fn likelihood(&self, features: &Features) -> u16 {
        let (mut fraud, mut honest) = (
            u128::from(self.orders.fraud).saturating_add(1),
            u128::from(self.orders.honest).saturating_add(1),
        );
        let all = self.orders;
        let kinds = u128::try_from(VALUES).unwrap_or(u128::MAX);
        for (counts, value) in self.values.iter().zip(features.0) {
            let seen = counts.get(usize::from(value)).copied().unwrap_or_default();
            // The share among frauds over the share among honest ones, cross-multiplied.
            fraud = fraud
                .saturating_mul(u128::from(seen.fraud).saturating_add(1))
                .saturating_mul(u128::from(all.honest).saturating_add(kinds));
            honest = honest
                .saturating_mul(u128::from(seen.honest).saturating_add(1))
                .saturating_mul(u128::from(all.fraud).saturating_add(kinds));
            (fraud, honest) = shortened(fraud, honest);
        }
        let permille = fraud.saturating_mul(1_000) / fraud.saturating_add(honest).max(1);
        u16::try_from(permille).unwrap_or(1_000)
    }
}

/// The same ratio, but for its last bits, in numbers that can be multiplied with two counts again.
const fn shortened(mut one: u128, mut other: u128) -> (u128, u128) {
    const ENOUGH: u128 = 1 << 48;
    while one > ENOUGH || other > ENOUGH {
        one >>= 1;
        other >>= 1;
    }
    if one == 0 {
        one = 1;
    }
    if other == 0 {
        other = 1;
    }
    (one, other)
}

#[expect(clippy::as_conversions, reason = "widening; `u64::from` is not const yet")]
const fn u64_of(number: u32) -> u64 {
    number as u64
}
