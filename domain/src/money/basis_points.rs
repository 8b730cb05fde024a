//! Rates: hundredths of a percent, so that every rate that a contract names is a whole number.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError, decimal};

/// More than all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most 10000 basis points, which is 100 percent")]
pub struct RateOutOfRange;

/// A share of an amount in hundredths of a percent, from 0 to 10,000 (all of it).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const MAX: Self = Self(10_000);

    /// Reads percent, such as `12.5`.
    ///
    /// # Errors
    /// When it is no decimal, has more than two decimals, or is negative or above 100.
    pub fn parse_percent(text: &str) -> Result<Self, MoneyError> {
        let points = decimal::parse(text, 2)?;
        u16::try_from(points)
            .ok()
            .and_then(|points| Self::try_from(points).ok())
            .ok_or(MoneyError::OutOfRange)
    }

    /// As percent, with no more decimals than needed: `12.5`.
    #[must_use]
    pub fn percent(self) -> String {
        decimal::format(self.0.into(), 2, 0)
    }

    /// The number of hundredths of a percent.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for BasisPoints {
    type Error = RateOutOfRange;

    fn try_from(points: u16) -> Result<Self, RateOutOfRange> {
        (points <= Self::MAX.0).then_some(Self(points)).ok_or(RateOutOfRange)
    }
}

impl From<BasisPoints> for u16 {
    fn from(points: BasisPoints) -> Self {
        points.0
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Money {
    /// This share of the amount, rounded once, half to even.
    #[must_use]
    pub fn portion(self, rate: BasisPoints) -> Self {
        let product = i128::from(self.minor()) * i128::from(rate.0);
        let minor = decimal::divide_half_even(product, i128::from(BasisPoints::MAX.0));
        // A share is never greater than the whole, so it always fits.
        Self::from_minor(i64::try_from(minor).unwrap_or(self.minor()), self.currency())
    }

    /// What of the amount is this share of the rest, rounded once, half to even: the tax that a price contains.
    #[must_use]
    pub fn portion_within(self, rate: BasisPoints) -> Self {
        let product = i128::from(self.minor()) * i128::from(rate.0);
        let whole = i128::from(BasisPoints::MAX.0) + i128::from(rate.0);
        let minor = decimal::divide_half_even(product, whole);
        // At most half of the whole, so it always fits.
        Self::from_minor(i64::try_from(minor).unwrap_or(self.minor()), self.currency())
    }
}
