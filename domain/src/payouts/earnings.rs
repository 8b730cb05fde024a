//! Adding earnings up.

use super::Earnings;
use crate::money::{Currency, Money, MoneyError};

impl Earnings {
    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        let nothing = Money::zero(currency);
        Self {
            sales: nothing,
            commission: nothing,
            refunds: nothing,
            refunded_commission: nothing,
            delivery_fees: nothing,
        }
    }

    /// The currency of all of it.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.sales.currency()
    }

    /// What it comes to; negative where more was refunded than earned.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn net(&self) -> Result<Money, MoneyError> {
        self.sales
            .checked_sub(self.commission)?
            .checked_sub(self.refunds)?
            .checked_add(self.refunded_commission)?
            .checked_add(self.delivery_fees)
    }

    /// The sum.
    ///
    /// # Errors
    /// On different currencies, or when a sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            sales: self.sales.checked_add(other.sales)?,
            commission: self.commission.checked_add(other.commission)?,
            refunds: self.refunds.checked_add(other.refunds)?,
            refunded_commission: self.refunded_commission.checked_add(other.refunded_commission)?,
            delivery_fees: self.delivery_fees.checked_add(other.delivery_fees)?,
        })
    }
}
