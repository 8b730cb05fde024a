//! Reading columns as the domain's types.

use std::{error::Error, str::FromStr};

use domain::{
    identity::Role,
    money::{Currency, Money, UnitPrice},
    orders::{Fulfilment, OrderStatus, PaymentMethod, ReturnStatus},
    payouts::{Earnings, PayoutStatus, SettlementStatus},
    pricing::TaxTreatment,
};
use event_store::ActorKind;
use serde::de::DeserializeOwned;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

/// A stored text that is none of the known words.
#[derive(Debug, thiserror::Error)]
#[error("unknown word {0:?}")]
pub(crate) struct UnknownWord(pub(crate) String);

/// An enum that is stored as a word.
pub(crate) trait Word: Copy + Sized + 'static {
    const WORDS: &'static [Self];
    fn word(self) -> &'static str;

    fn from_word(word: &str) -> Result<Self, UnknownWord> {
        Self::WORDS
            .iter()
            .copied()
            .find(|known| known.word() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Enums with a word for each variant; the match is exhaustive, so a new variant does not compile without one.
macro_rules! words {
    ($($type:ty { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl $crate::columns::Word for $type {
            const WORDS: &'static [Self] = &[$(Self::$variant),*];
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    )*};
}
pub(crate) use words;

words! {
    Fulfilment { Delivery = "delivery", Pickup = "pickup" }
    PaymentMethod { Cash = "cash", Invoice = "invoice" }
    TaxTreatment { Exclusive = "exclusive", Inclusive = "inclusive" }
    ActorKind { Account = "account", ApiKey = "api_key", System = "system", Anonymous = "anonymous" }
    Role {
        SuperAdmin = "super_admin",
        LocationAdmin = "location_admin",
        StoreManager = "store_manager",
        Vendor = "vendor",
        Customer = "customer",
        Driver = "driver",
        Analyst = "analyst",
        Auditor = "auditor",
    }
}

impl Word for OrderStatus {
    const WORDS: &'static [Self] = Self::ALL;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for ReturnStatus {
    const WORDS: &'static [Self] = Self::ALL;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for PayoutStatus {
    const WORDS: &'static [Self] = Self::ALL;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for SettlementStatus {
    const WORDS: &'static [Self] = Self::ALL;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// Reads columns by name, with the column's name in every error.
pub(crate) trait Columns {
    fn word<T: Word>(&self, column: &str) -> Result<T, sqlx::Error>;
    fn currency(&self, column: &str) -> Result<Currency, sqlx::Error>;
    fn money(&self, column: &str, currency: Currency) -> Result<Money, sqlx::Error>;
    fn unit_price(&self, column: &str, currency: Currency) -> Result<UnitPrice, sqlx::Error>;
    fn maybe_unit_price(&self, column: &str, currency: Currency) -> Result<Option<UnitPrice>, sqlx::Error>;
    fn id<T>(&self, column: &str, wrap: impl Fn(Uuid) -> T) -> Result<T, sqlx::Error>;
    fn maybe_id<T>(&self, column: &str, wrap: impl Fn(Uuid) -> T) -> Result<Option<T>, sqlx::Error>;
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
    fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error>;
    /// The five columns of earnings.
    fn earnings(&self, currency: Currency) -> Result<Earnings, sqlx::Error>;
    /// A `numeric` that was selected as text.
    fn wide(&self, column: &str) -> Result<i128, sqlx::Error>;
    /// A non-negative count.
    fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, sqlx::Error>;
}

impl Columns for PgRow {
    fn word<T: Word>(&self, column: &str) -> Result<T, sqlx::Error> {
        T::from_word(self.try_get(column)?).map_err(|error| undecodable(column, error))
    }

    fn currency(&self, column: &str) -> Result<Currency, sqlx::Error> {
        Currency::from_code(self.try_get(column)?).map_err(|error| undecodable(column, error))
    }

    fn money(&self, column: &str, currency: Currency) -> Result<Money, sqlx::Error> {
        Ok(Money::from_minor(self.try_get(column)?, currency))
    }

    fn unit_price(&self, column: &str, currency: Currency) -> Result<UnitPrice, sqlx::Error> {
        Ok(UnitPrice::from_micros(self.try_get(column)?, currency))
    }

    fn maybe_unit_price(&self, column: &str, currency: Currency) -> Result<Option<UnitPrice>, sqlx::Error> {
        let micros: Option<i64> = self.try_get(column)?;
        Ok(micros.map(|micros| UnitPrice::from_micros(micros, currency)))
    }

    fn id<T>(&self, column: &str, wrap: impl Fn(Uuid) -> T) -> Result<T, sqlx::Error> {
        self.try_get(column).map(wrap)
    }

    fn maybe_id<T>(&self, column: &str, wrap: impl Fn(Uuid) -> T) -> Result<Option<T>, sqlx::Error> {
        let id: Option<Uuid> = self.try_get(column)?;
        Ok(id.map(wrap))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        let text: &str = self.try_get_unchecked(column)?;
        serde_json::from_str(text).map_err(|error| undecodable(column, error))
    }

    fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error> {
        let text: Option<&str> = self.try_get_unchecked(column)?;
        text.map(|text| serde_json::from_str(text).map_err(|error| undecodable(column, error))).transpose()
    }

    fn earnings(&self, currency: Currency) -> Result<Earnings, sqlx::Error> {
        Ok(Earnings {
            sales: self.money("sales", currency)?,
            commission: self.money("commission", currency)?,
            refunds: self.money("refunds", currency)?,
            refunded_commission: self.money("refunded_commission", currency)?,
            delivery_fees: self.money("delivery_fees", currency)?,
        })
    }

    fn wide(&self, column: &str) -> Result<i128, sqlx::Error> {
        let text: &str = self.try_get(column)?;
        i128::from_str(text).map_err(|error| undecodable(column, error))
    }

    fn count<T: TryFrom<i64>>(&self, column: &str) -> Result<T, sqlx::Error> {
        let count: i64 = self.try_get(column)?;
        T::try_from(count).map_err(|_| undecodable(column, UnknownWord(count.to_string())))
    }
}

pub(crate) fn undecodable(column: &str, error: impl Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}
