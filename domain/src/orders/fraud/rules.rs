//! The rules to begin with, and what makes sense as one.

use super::MAX_SCORE;
use crate::{
    money::Money,
    orders::{FraudRules, FraudRulesError, ModelRule, SharedRule, UnusualAmountRule, VelocityRule},
};

impl Default for FraudRules {
    /// A beginning, switched off: no single rule but the model holds an order by itself.
    fn default() -> Self {
        Self {
            is_active: false,
            hold_at: 500,
            velocity: Some(VelocityRule { points: 300, orders: 5, within_minutes: 60 }),
            large_amount: None,
            unusual_amount: Some(UnusualAmountRule { points: 250, percent: 500 }),
            first_order: Some(100),
            new_destination: Some(200),
            new_device: Some(150),
            shared_device: Some(SharedRule { points: 350, customers: 2 }),
            shared_address: Some(SharedRule { points: 150, customers: 3 }),
            model: Some(ModelRule { points: 600, after: 50 }),
        }
    }
}

impl FraudRules {
    /// Holds every number to its range.
    ///
    /// # Errors
    /// The first that is out of it.
    pub fn check(&self) -> Result<(), FraudRulesError> {
        within("/hold_at", self.hold_at.into(), 1, MAX_SCORE.into())?;
        if let Some(rule) = self.velocity {
            points("/velocity/points", rule.points)?;
            within("/velocity/orders", rule.orders, 2, 1_000)?;
            within("/velocity/within_minutes", rule.within_minutes, 1, 10_080)?;
        }
        if let Some(rule) = &self.large_amount {
            points("/large_amount/points", rule.points)?;
            check_limits(&rule.from)?;
        }
        if let Some(rule) = self.unusual_amount {
            points("/unusual_amount/points", rule.points)?;
            within("/unusual_amount/percent", rule.percent, 101, 100_000)?;
        }
        let plain = [
            ("/first_order", self.first_order),
            ("/new_destination", self.new_destination),
            ("/new_device", self.new_device),
        ];
        for (pointer, value) in plain {
            value.map_or(Ok(()), |value| points(pointer, value))?;
        }
        if let Some(rule) = self.shared_device {
            points("/shared_device/points", rule.points)?;
            within("/shared_device/customers", rule.customers, 1, 1_000)?;
        }
        if let Some(rule) = self.shared_address {
            points("/shared_address/points", rule.points)?;
            within("/shared_address/customers", rule.customers, 1, 1_000)?;
        }
        if let Some(rule) = self.model {
            points("/model/points", rule.points)?;
            within("/model/after", rule.after, 1, 1_000_000)?;
        }
        Ok(())
    }
}

fn points(pointer: &'static str, points: u16) -> Result<(), FraudRulesError> {
    within(pointer, points.into(), 1, MAX_SCORE.into())
}

fn within(pointer: &'static str, number: u32, min: u32, max: u32) -> Result<(), FraudRulesError> {
    if (min..=max).contains(&number) {
        Ok(())
    } else {
        Err(FraudRulesError::OutOfRange { pointer, min, max })
    }
}

fn check_limits(limits: &[Money]) -> Result<(), FraudRulesError> {
    if limits.is_empty() {
        return Err(FraudRulesError::NoLimits);
    }
    for (index, limit) in limits.iter().enumerate() {
        if limit.minor() <= 0 {
            return Err(FraudRulesError::LimitNotPositive { index });
        }
        if limits.iter().take(index).any(|other| other.currency() == limit.currency()) {
            return Err(FraudRulesError::RepeatedCurrency { index });
        }
    }
    Ok(())
}
