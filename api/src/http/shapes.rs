//! Shapes that many routes share: money, pages.

use std::collections::BTreeMap;

use domain::{
    money::{Money, UnitPrice},
    text::LocalizedText,
};
use projections::{Page, PageRequest, Sum};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Fields, Problem,
    list::{LIMIT_DEFAULT, Params},
};

/// An amount of money: a plain decimal, its currency (ISO 4217), and the decimals of that currency here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Money, example = json!({"amount": "2.55", "currency": "GBP", "exponent": 2}))]
pub struct MoneyBody {
    /// Plain decimal; a unit price has up to six decimals.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Decimals of the smallest amount that is billed in this currency.
    pub exponent: u8,
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self {
            amount: money.decimal(),
            currency: money.currency().code(),
            exponent: money.currency().exponent(),
        }
    }
}

impl From<UnitPrice> for MoneyBody {
    fn from(price: UnitPrice) -> Self {
        Self {
            amount: price.decimal(),
            currency: price.currency().code(),
            exponent: price.currency().exponent(),
        }
    }
}

impl From<Sum> for MoneyBody {
    fn from(sum: Sum) -> Self {
        Self {
            amount: sum.decimal(),
            currency: sum.currency.code(),
            exponent: sum.currency.exponent(),
        }
    }
}

/// The price of one base unit, as a request names it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "1500", "currency": "IQD"}))]
pub struct PriceRequest {
    /// Plain decimal with up to six decimals, not negative.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// May be repeated from an answer; must be the currency's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exponent: Option<u8>,
}

impl PriceRequest {
    /// The price, or a note in `fields`.
    pub fn parse(&self, fields: &mut Fields, pointer: &str) -> Option<UnitPrice> {
        let price = fields.unit_price(pointer, &self.amount, &self.currency)?;
        if self.exponent.is_some_and(|exponent| exponent != price.currency().exponent()) {
            fields.refuse(
                format!("{pointer}/exponent"),
                "wrong-exponent",
                "is not the exponent of this currency",
            );
            return None;
        }
        Some(price)
    }
}

/// An amount that can be billed, as a request names it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "5000", "currency": "IQD"}))]
pub struct AmountRequest {
    /// Plain decimal with no more decimals than the currency has.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// May be repeated from an answer; must be the currency's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exponent: Option<u8>,
}

impl AmountRequest {
    /// The amount, or a note in `fields`.
    pub fn parse(&self, fields: &mut Fields, pointer: &str) -> Option<Money> {
        let money = fields.money(pointer, &self.amount, &self.currency)?;
        if self.exponent.is_some_and(|exponent| exponent != money.currency().exponent()) {
            fields.refuse(
                format!("{pointer}/exponent"),
                "wrong-exponent",
                "is not the exponent of this currency",
            );
            return None;
        }
        Some(money)
    }
}

/// A text for people by BCP 47 language tag.
pub type Texts = BTreeMap<String, String>;

/// As answers show a text in every language.
#[must_use]
pub fn texts(text: &LocalizedText) -> Texts {
    text.by_language().clone()
}

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListBody<T> {
    /// In the wanted order.
    pub items: Vec<T>,
    /// Send it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many items match in all; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

impl Params {
    /// The page that is wanted.
    #[must_use]
    pub fn page(&self) -> PageRequest {
        PageRequest {
            after: self.cursor.clone(),
            limit: u16::try_from(self.limit.max(1)).unwrap_or(u16::try_from(LIMIT_DEFAULT).unwrap_or(20)),
            with_total: self.wants_total,
        }
    }

    /// The page of a list that the caller may see nothing of.
    #[must_use]
    pub fn nothing<T>(&self) -> Page<T> {
        Page {
            items: Vec::new(),
            next: None,
            total: self.wants_total.then_some(0),
        }
    }

    /// A page as an answer, with the wanted members of each item only.
    ///
    /// # Errors
    /// When an item cannot be serialized: a fault of ours.
    pub fn list<T, B: Serialize>(
        &self,
        page: Page<T>,
        body: impl FnMut(T) -> B,
    ) -> Result<ListBody<serde_json::Value>, Problem> {
        let items = page.items.into_iter().map(body);
        let items = items.map(|item| serde_json::to_value(item).map(|item| self.project(item)));
        Ok(ListBody {
            items: items.collect::<Result<_, _>>().map_err(|error| Problem::internal(&error))?,
            next_cursor: page.next,
            total: page.total,
        })
    }
}
