//! An amount of money that can be billed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Currency, MoneyError, decimal};
use crate::quantity::Quantity;

/// An amount in whole minor units of its currency.
///
/// In JSON: `{"amount":"2.55","currency":"GBP","exponent":2}`. The exponent is written so that stored history
/// can be read without our registry; on reading it may be left out, and wins where it differs from the registry
/// (an amount that does not fit the registry's exponent is refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` units of 10^-exponent.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Reads a plain decimal such as `-12.50`.
    ///
    /// # Errors
    /// When it is no decimal, has more decimals than the currency, or does not fit.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        decimal::parse(amount, currency.exponent()).map(|minor| Self { minor, currency })
    }

    /// Whole minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The plain decimal, with all decimals of the currency.
    #[must_use]
    pub fn decimal(self) -> String {
        let exponent = self.currency.exponent();
        decimal::format(self.minor, exponent, exponent)
    }

    /// Below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// On different currencies, or when the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// On different currencies, or when it does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, op: impl Fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        op(self.minor, other.minor)
            .map(|minor| Self { minor, currency: self.currency })
            .ok_or(MoneyError::OutOfRange)
    }

    /// `self * part / whole`, rounded once, half to even: the share that `part` of `whole` units has.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn share(self, part: u32, whole: Quantity) -> Result<Self, MoneyError> {
        let product = i128::from(self.minor) * i128::from(part);
        i64::try_from(decimal::divide_half_even(product, i128::from(whole.get())))
            .map(|minor| Self { minor, ..self })
            .map_err(|_| MoneyError::OutOfRange)
    }

    /// The nearest multiple of `step`, half to even; the amount itself where the step is nothing.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn to_multiple_of(self, step: Self) -> Result<Self, MoneyError> {
        let step = i128::from(step.minor.max(1));
        let nearest = decimal::divide_half_even(i128::from(self.minor), step) * step;
        i64::try_from(nearest).map(|minor| Self { minor, ..self }).map_err(|_| MoneyError::OutOfRange)
    }

    /// The sum of many amounts in `currency`.
    ///
    /// # Errors
    /// As [`Self::checked_add`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    amount: &'a str,
    currency: Currency,
    exponent: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    currency: Currency,
    #[serde(default)]
    exponent: Option<u8>,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            amount: &self.decimal(),
            currency: self.currency,
            exponent: self.currency.exponent(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        if let Some(exponent) = read.exponent {
            decimal::parse(&read.amount, exponent).map_err(serde::de::Error::custom)?;
        }
        Self::parse(&read.amount, read.currency).map_err(serde::de::Error::custom)
    }
}
