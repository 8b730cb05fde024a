//! What holds for the terms of every promotion and coupon.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::{
    Activation, CouponTerms, Grant, Limits, MAX_BUNDLE_ITEMS, MAX_PER_CUSTOMER, MAX_SCOPE, Offer,
    PricingError, PromotionTerms, Reward, Scope, Stacking, Validity,
};
use crate::money::{Currency, Money};

impl Validity {
    /// Whether it has begun and is not over.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && !self.is_over(now)
    }

    /// Whether its last moment has passed.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl Offer {
    /// The currency of its amounts; `None` where it has none, and holds for every currency.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.amounts().next().map(|(_, amount)| amount.currency())
    }

    fn amounts(&self) -> impl Iterator<Item = (&'static str, Money)> {
        let of_reward = match &self.reward {
            Reward::Percentage(_) | Reward::BuyXGetY(_) => None,
            Reward::Fixed(fixed) => Some(("/reward/amount", fixed.amount)),
            Reward::Bundle(bundle) => Some(("/reward/price", bundle.price)),
        };
        let minimum = self.minimum.map(|amount| ("/minimum", amount));
        let cap = self.cap.map(|amount| ("/cap", amount));
        [of_reward, minimum, cap].into_iter().flatten()
    }
}

pub(super) fn check_promotion(terms: &PromotionTerms, now: DateTime<Utc>) -> Result<(), PricingError> {
    check_validity(&terms.validity, now)?;
    check_limits(&terms.limits)?;
    check_offer(&terms.offer)
}

pub(super) fn check_coupon(terms: &CouponTerms, now: DateTime<Utc>) -> Result<(), PricingError> {
    check_validity(&terms.validity, now)?;
    check_limits(&terms.limits)?;
    match &terms.grant {
        Grant::Promotion(_) => Ok(()),
        Grant::Offer(offer) => check_offer(offer),
    }
}

/// PRC-6: orders from before the limit were not counted.
pub(super) fn check_limits_stay(old: &Limits, new: &Limits) -> Result<(), PricingError> {
    if old.total.is_none() && new.total.is_some() {
        return Err(PricingError::LimitCannotBeAdded { pointer: "/limits/total" });
    }
    if old.per_customer.is_none() && new.per_customer.is_some() {
        return Err(PricingError::LimitCannotBeAdded { pointer: "/limits/per_customer" });
    }
    Ok(())
}

pub(super) fn check_validity(validity: &Validity, now: DateTime<Utc>) -> Result<(), PricingError> {
    if validity.until.is_some_and(|until| until <= validity.from) {
        return Err(PricingError::EmptyValidity);
    }
    if validity.is_over(now) {
        return Err(PricingError::OverAlready);
    }
    Ok(())
}

fn check_limits(limits: &Limits) -> Result<(), PricingError> {
    if limits.total == Some(0) {
        return Err(PricingError::LimitOutOfRange { pointer: "/limits/total", max: u32::MAX });
    }
    if limits.per_customer.is_some_and(|limit| limit == 0 || limit > MAX_PER_CUSTOMER) {
        return Err(PricingError::LimitOutOfRange {
            pointer: "/limits/per_customer",
            max: u32::from(MAX_PER_CUSTOMER),
        });
    }
    Ok(())
}

fn check_offer(offer: &Offer) -> Result<(), PricingError> {
    check_reward(&offer.reward)?;
    check_scope(&offer.scope)?;
    let currency = offer.currency();
    for (pointer, amount) in offer.amounts() {
        if currency.is_some_and(|currency| currency != amount.currency()) {
            return Err(PricingError::CurrencyMismatch { pointer });
        }
        // A minimum of nothing and a bundle that is given away make sense; a reduction by nothing does not.
        let least = i64::from(matches!(pointer, "/reward/amount" | "/cap"));
        if amount.minor() < least {
            return Err(PricingError::AmountTooSmall { pointer });
        }
    }
    Ok(())
}

fn check_reward(reward: &Reward) -> Result<(), PricingError> {
    match reward {
        Reward::Percentage(off) if off.rate.get() == 0 => Err(PricingError::ZeroRate),
        Reward::BuyXGetY(deal) if deal.rate.get() == 0 => Err(PricingError::ZeroRate),
        Reward::Percentage(_) | Reward::BuyXGetY(_) | Reward::Fixed(_) => Ok(()),
        Reward::Bundle(bundle) => {
            if bundle.items.is_empty() {
                return Err(PricingError::NoBundleItems);
            }
            if bundle.items.len() > MAX_BUNDLE_ITEMS {
                return Err(PricingError::TooManyEntries { pointer: "/reward/items", max: MAX_BUNDLE_ITEMS });
            }
            let mut seen = HashSet::with_capacity(bundle.items.len());
            match bundle.items.iter().position(|item| !seen.insert(item.product)) {
                Some(index) => Err(PricingError::RepeatedBundleItem { index }),
                None => Ok(()),
            }
        }
    }
}

fn check_scope(scope: &Scope) -> Result<(), PricingError> {
    fn fits<T>(pointer: &'static str, entries: &BTreeSet<T>) -> Result<(), PricingError> {
        if entries.len() > MAX_SCOPE {
            return Err(PricingError::TooManyEntries { pointer, max: MAX_SCOPE });
        }
        Ok(())
    }
    fits("/scope/products", &scope.products)?;
    fits("/scope/categories", &scope.categories)?;
    fits("/scope/companies", &scope.companies)?;
    fits("/scope/zones", &scope.zones)?;
    fits("/scope/customer_groups", &scope.customer_groups)
}

impl Reward {
    /// The kind, as in JSON and SQL.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Percentage(_) => "percentage",
            Self::Fixed(_) => "fixed",
            Self::BuyXGetY(_) => "buy_x_get_y",
            Self::Bundle(_) => "bundle",
        }
    }
}

impl Stacking {
    /// As in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stackable => "stackable",
            Self::Exclusive => "exclusive",
        }
    }
}

impl Activation {
    /// As in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Coupon => "coupon",
        }
    }
}
