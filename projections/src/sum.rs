//! A sum of amounts, which may be greater than any single amount.

use domain::money::{Currency, Money, UnitPrice};

/// A sum in minor units of its currency; exact, and wide enough for any number of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Minor units of `currency` (pence for GBP).
    pub minor: i128,
    /// The currency of everything summed.
    pub currency: Currency,
}

impl Sum {
    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Of millionths of one unit of the currency, rounded half to even.
    #[must_use]
    pub fn of_micros(micros: i128, currency: Currency) -> Self {
        Self { minor: UnitPrice::minor_of(micros, currency), currency }
    }

    /// The plain decimal with all decimals of the currency, such as `-74789.12`.
    #[must_use]
    pub fn decimal(self) -> String {
        let exponent = usize::from(self.currency.exponent());
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = exponent.saturating_add(1));
        let sign = if self.minor < 0 { "-" } else { "" };
        match digits.split_at_checked(digits.len().saturating_sub(exponent)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            Some(_) | None => format!("{sign}{digits}"),
        }
    }

    /// The same as one amount; `None` where it is too great for that.
    #[must_use]
    pub fn to_money(self) -> Option<Money> {
        i64::try_from(self.minor).ok().map(|minor| Money::from_minor(minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_written_with_all_decimals_of_its_currency() {
        let written = |minor, currency| Sum { minor, currency }.decimal();
        assert_eq!(written(-7_478_912, Currency::GBP), "-74789.12");
        assert_eq!(written(5, Currency::GBP), "0.05");
        assert_eq!(written(0, Currency::GBP), "0.00");
        assert_eq!(written(-250, Currency::IQD), "-250");
        assert_eq!(written(i128::from(i64::MAX) * 100, Currency::GBP), "9223372036854775807.00");
    }
}
