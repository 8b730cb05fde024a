//! Exact fractions: how many base units are in a pack, or packs in a base unit. Never a decimal, so nothing is rounded
//! before money is.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use crate::{
    money::{MoneyError, UnitPrice},
    quantity::Quantity,
};

/// A fraction in lowest terms, above zero. In JSON: `{"numerator":12,"denominator":1}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Ratio {
    numerator: NonZeroU32,
    denominator: NonZeroU32,
}

/// Why two numbers are no fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("numerator and denominator must be at least 1")]
pub struct RatioError;

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    numerator: u32,
    denominator: u32,
}

impl TryFrom<Parts> for Ratio {
    type Error = RatioError;

    fn try_from(parts: Parts) -> Result<Self, RatioError> {
        Self::try_new(parts.numerator, parts.denominator)
    }
}

impl From<Ratio> for Parts {
    fn from(ratio: Ratio) -> Self {
        Self {
            numerator: ratio.numerator(),
            denominator: ratio.denominator(),
        }
    }
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { numerator: NonZeroU32::MIN, denominator: NonZeroU32::MIN };

    /// `numerator / denominator`, in lowest terms.
    ///
    /// # Errors
    /// When either is zero.
    pub fn try_new(numerator: u32, denominator: u32) -> Result<Self, RatioError> {
        let common = greatest_common_divisor(numerator, denominator);
        let part = |number: u32| number.checked_div(common).and_then(NonZeroU32::new).ok_or(RatioError);
        Ok(Self { numerator: part(numerator)?, denominator: part(denominator)? })
    }

    /// What is divided.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator.get()
    }

    /// By what; also the fewest units of this size that come to whole base units.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator.get()
    }

    /// So many units of this size in base units; `None` where that is no whole number of them, or too many.
    #[must_use]
    pub fn in_base_units(self, units: Quantity) -> Option<Quantity> {
        let product = u64::from(units.get()) * u64::from(self.numerator());
        let denominator = u64::from(self.denominator());
        if product % denominator != 0 {
            return None;
        }
        u32::try_from(product / denominator).ok().and_then(Quantity::new)
    }

    /// How many whole units of this size so many base units make, none of a negative number.
    #[must_use]
    pub fn whole_units(self, base_units: i64) -> i64 {
        let product = i128::from(base_units.max(0)) * i128::from(self.denominator());
        i64::try_from(product / i128::from(self.numerator())).unwrap_or(i64::MAX)
    }

    /// What one unit of this size costs when a base unit costs `price`, rounded half to even to a millionth.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn price_of(self, price: UnitPrice) -> Result<UnitPrice, MoneyError> {
        price.scaled(self.numerator(), self.denominator)
    }
}

const fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}
