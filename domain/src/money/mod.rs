//! Money without floats: whole minor units for amounts, millionths for unit prices, and an explicit currency registry.

mod amount;
mod basis_points;
mod currency;
mod decimal;
mod split;
mod unit_price;

pub use amount::Money;
pub use basis_points::{BasisPoints, RateOutOfRange};
pub use currency::{Currency, UnknownCurrency};
pub use split::split_by_weight;
pub use unit_price::UnitPrice;

/// Why a calculation or a parse was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two amounts of different currencies met.
    #[error("amounts are in different currencies")]
    CurrencyMismatch,
    /// The result does not fit.
    #[error("amount is out of range")]
    OutOfRange,
    /// Not a plain decimal number.
    #[error("must be a decimal number such as 12.50")]
    NotDecimal,
    /// More decimals than the currency (or a unit price) has.
    #[error("must have at most {max} decimals")]
    TooManyDecimals {
        /// The most decimals allowed.
        max: u8,
    },
    /// A code that is not in the registry.
    #[error(transparent)]
    UnknownCurrency(#[from] UnknownCurrency),
}
