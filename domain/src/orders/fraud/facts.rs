//! What is known of an order when it is looked at, and what is odd about it.

use super::{FraudModel, MAX_SCORE, model::Features};
use crate::{
    money::Money,
    orders::{FraudReason, FraudRules, FraudSignal, PaymentMethod},
};

/// What is known of an order, and of its customer's earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFacts {
    /// What it comes to.
    pub total: Money,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// Orders of the customer within the rules' window, this one too.
    pub recent_orders: u32,
    /// Orders of the customer before this one.
    pub earlier_orders: u32,
    /// What those in the same currency came to on average; absent below [`Self::ENOUGH_FOR_A_MEAN`] of them.
    pub mean: Option<Money>,
    /// Whether an earlier order went to the same country and zone.
    pub is_known_destination: bool,
    /// Whether the order named its device, and then whether an earlier order came from it.
    pub is_known_device: Option<bool>,
    /// Other customers who ordered from the same device.
    pub others_on_device: u32,
    /// Other customers whose orders went to the same address.
    pub others_at_address: u32,
}

impl OrderFacts {
    /// So many orders say what is usual.
    pub const ENOUGH_FOR_A_MEAN: u32 = 3;

    /// The total in percent of the mean, cut off; `None` without a mean, or where it is nothing.
    #[must_use]
    pub fn percent_of_mean(&self) -> Option<u32> {
        let mean = self.mean.filter(|mean| mean.minor() > 0)?;
        let percent =
            i128::from(self.total.minor()).checked_mul(100)?.checked_div(i128::from(mean.minor()))?;
        Some(u32::try_from(percent.max(0)).unwrap_or(u32::MAX))
    }
}

/// What a look at an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// The points of all reasons, at most [`MAX_SCORE`].
    pub score: u16,
    /// What was odd.
    pub reasons: Vec<FraudReason>,
    /// What it looked like to the model.
    pub features: Features,
}

impl FraudRules {
    /// Looks at an order. FRD-1.
    #[must_use]
    pub fn screen(&self, facts: &OrderFacts, model: &FraudModel) -> Screening {
        let features = Features::of(facts);
        let is_new = facts.earlier_orders == 0;
        let reasons: Vec<FraudReason> = [
            self.velocity
                .filter(|rule| facts.recent_orders >= rule.orders)
                .map(|rule| counted(FraudSignal::Velocity, rule.points, facts.recent_orders)),
            self.large_amount
                .as_ref()
                .filter(|rule| rule.from.iter().any(|limit| reaches(facts.total, *limit)))
                .map(|rule| plain(FraudSignal::LargeAmount, rule.points)),
            self.unusual_amount.and_then(|rule| {
                let percent = facts.percent_of_mean().filter(|percent| *percent >= rule.percent)?;
                Some(counted(FraudSignal::UnusualAmount, rule.points, percent))
            }),
            self.first_order.filter(|_| is_new).map(|points| plain(FraudSignal::FirstOrder, points)),
            self.new_destination
                .filter(|_| !is_new && !facts.is_known_destination)
                .map(|points| plain(FraudSignal::NewDestination, points)),
            self.new_device
                .filter(|_| !is_new && facts.is_known_device == Some(false))
                .map(|points| plain(FraudSignal::NewDevice, points)),
            self.shared_device
                .filter(|rule| facts.others_on_device >= rule.customers)
                .map(|rule| counted(FraudSignal::SharedDevice, rule.points, facts.others_on_device)),
            self.shared_address
                .filter(|rule| facts.others_at_address >= rule.customers)
                .map(|rule| counted(FraudSignal::SharedAddress, rule.points, facts.others_at_address)),
            self.learned(&features, model),
        ]
        .into_iter()
        .flatten()
        .collect();
        let score = reasons.iter().fold(0_u16, |sum, reason| sum.saturating_add(reason.points));
        Screening { score: score.min(MAX_SCORE), reasons, features }
    }

    /// Whether an order with this score is held. FRD-2.
    #[must_use]
    pub const fn holds(&self, score: u16) -> bool {
        self.is_active && score >= self.hold_at
    }

    /// Its points by how likely the model thinks it. FRD-3.
    fn learned(&self, features: &Features, model: &FraudModel) -> Option<FraudReason> {
        let rule = self.model.filter(|rule| model.has_learned(rule.after))?;
        let permille = model.likelihood(features);
        let points = u32::from(rule.points).saturating_mul(u32::from(permille)) / 1_000;
        let points = u16::try_from(points).ok().filter(|points| *points > 0)?;
        Some(counted(FraudSignal::Model, points, permille.into()))
    }
}

const fn plain(signal: FraudSignal, points: u16) -> FraudReason {
    FraudReason { signal, points, observed: None }
}

const fn counted(signal: FraudSignal, points: u16, observed: u32) -> FraudReason {
    FraudReason { signal, points, observed: Some(observed) }
}

fn reaches(total: Money, limit: Money) -> bool {
    total.currency() == limit.currency() && total.minor() >= limit.minor()
}
