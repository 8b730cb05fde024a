//! The price of one base unit: up to six decimals, because real price lists have them (0.001).

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Currency, Money, MoneyError, decimal};
use crate::quantity::Quantity;

/// A price per base unit, exact to a millionth. In JSON: `{"amount":"0.001","currency":"GBP"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnitPrice {
    micros: i64,
    currency: Currency,
}

impl UnitPrice {
    /// Decimals of a unit price.
    pub const SCALE: u8 = 6;

    /// `micros` millionths of one unit of the currency.
    #[must_use]
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Reads a plain decimal.
    ///
    /// # Errors
    /// When it is no decimal, has more than six decimals, or does not fit.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        decimal::parse(amount, Self::SCALE).map(|micros| Self { micros, currency })
    }

    /// Millionths of one unit of the currency.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.micros < 0
    }

    /// The plain decimal, with at least the decimals of the currency.
    #[must_use]
    pub fn decimal(self) -> String {
        decimal::format(self.micros, Self::SCALE, self.currency.exponent())
    }

    /// Millionths of one unit of a currency as its minor units, rounded once, half to even.
    #[must_use]
    pub fn minor_of(micros: i128, currency: Currency) -> i128 {
        let step = 10_i128.pow(u32::from(Self::SCALE - currency.exponent()));
        decimal::divide_half_even(micros, step)
    }

    /// Price times `numerator / denominator`, rounded half to even to a millionth.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn scaled(self, numerator: u32, denominator: NonZeroU32) -> Result<Self, MoneyError> {
        let product = i128::from(self.micros) * i128::from(numerator);
        i64::try_from(decimal::divide_half_even(product, i128::from(denominator.get())))
            .map(|micros| Self { micros, ..self })
            .map_err(|_| MoneyError::OutOfRange)
    }

    /// Price times quantity, rounded once, half to even, to the currency's exponent.
    ///
    /// # Errors
    /// When the total does not fit.
    pub fn total(self, quantity: Quantity) -> Result<Money, MoneyError> {
        let micros = i128::from(self.micros) * i128::from(quantity.get());
        i64::try_from(Self::minor_of(micros, self.currency))
            .map(|minor| Money::from_minor(minor, self.currency))
            .map_err(|_| MoneyError::OutOfRange)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    amount: &'a str,
    currency: Currency,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    currency: Currency,
}

impl Serialize for UnitPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { amount: &self.decimal(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UnitPrice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        Self::parse(&read.amount, read.currency).map_err(serde::de::Error::custom)
    }
}
