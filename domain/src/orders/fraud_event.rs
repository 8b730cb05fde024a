//! What may happen to the rules of fraud, and the shapes of rules and reasons.

use serde::{Deserialize, Serialize};

use crate::{decider::Event, money::Money};

/// Many orders in a short time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VelocityRule {
    /// 1 to 1,000.
    pub points: u16,
    /// From so many orders on, 2 to 1,000.
    pub orders: u32,
    /// Within so many minutes, 1 to 10,080.
    pub within_minutes: u32,
}

/// An order over a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeAmountRule {
    /// 1 to 1,000.
    pub points: u16,
    /// From these amounts on, at most one in each currency; in others nothing is too much.
    pub from: Vec<Money>,
}

/// An order of far more than the customer's usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusualAmountRule {
    /// 1 to 1,000.
    pub points: u16,
    /// From so many percent of the mean on, 101 to 100,000.
    pub percent: u32,
}

/// A device or an address that others use too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedRule {
    /// 1 to 1,000.
    pub points: u16,
    /// From so many other customers on, 1 to 1,000.
    pub customers: u32,
}

/// What the learned model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRule {
    /// What an order counts that is fraud for certain, 1 to 1,000; others their share of it.
    pub points: u16,
    /// Once it has learned from so many orders, 1 to 1,000,000.
    pub after: u32,
}

/// All rules. A rule that is absent counts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudRules {
    /// Orders are looked at.
    pub is_active: bool,
    /// From this score on an order is held, 1 to 1,000.
    pub hold_at: u16,
    /// Many orders in a short time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub velocity: Option<VelocityRule>,
    /// An order over a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_amount: Option<LargeAmountRule>,
    /// An order of far more than the customer's usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusual_amount: Option<UnusualAmountRule>,
    /// Points of a customer's first order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_order: Option<u16>,
    /// Points of an order to where none of the customer's has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_destination: Option<u16>,
    /// Points of an order from a device that the customer has not ordered from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_device: Option<u16>,
    /// A device that others order from too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_device: Option<SharedRule>,
    /// An address that orders of others go to as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_address: Option<SharedRule>,
    /// What the learned model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRule>,
}

/// Something odd about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FraudSignal {
    /// Many orders in a short time; observed are the orders, this one too.
    Velocity,
    /// As much as the limit of its currency, or more.
    LargeAmount,
    /// Far more than the customer's orders usually come to; observed are percent of their mean.
    UnusualAmount,
    /// The customer's first order.
    FirstOrder,
    /// None of the customer's orders went to this country and zone.
    NewDestination,
    /// The customer has never ordered from this device.
    NewDevice,
    /// Others order from the same device; observed are the others.
    SharedDevice,
    /// Orders of others go to the same address; observed are the others.
    SharedAddress,
    /// It is like those that turned out to be fraud; observed is how likely, in thousandths.
    Model,
}

/// Something odd about an order, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudReason {
    /// What.
    pub signal: FraudSignal,
    /// How much.
    pub points: u16,
    /// What was seen, where it can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<u32>,
}

/// A fact about the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FraudRulesEvent {
    /// All of them were replaced; orders that are placed from now on are looked at under these.
    FraudRulesRevised {
        /// As they are now.
        rules: FraudRules,
    },
}

impl Event for FraudRulesEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("FraudRulesRevised", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::FraudRulesRevised { .. } => "FraudRulesRevised",
        }
    }
}
