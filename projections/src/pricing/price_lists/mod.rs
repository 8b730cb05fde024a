//! Price lists, and the prices of each.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, PriceListId},
    money::Currency,
    pricing::Validity,
    text::{Code, LocalizedText},
};
use sqlx::{FromRow, Row, postgres::PgRow};
use uuid::Uuid;

pub use project::PriceLists;
pub use queries::list;

use super::promotion_list::Phase;
use crate::columns::{Columns, undecodable};

/// One price list, without its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListRow {
    /// Which.
    pub id: PriceListId,
    /// What it is called.
    pub name: LocalizedText,
    /// The customers that it names.
    pub customers: Vec<AccountId>,
    /// The groups that it is for.
    pub groups: Vec<Code>,
    /// The currency of all its prices.
    pub currency: Currency,
    /// When they hold.
    pub validity: Validity,
    /// The greatest first.
    pub priority: i32,
    /// How many there are.
    pub prices: i32,
    /// It was retired.
    pub retired: bool,
    /// Why.
    pub retire_reason: Option<String>,
    /// The stream's version.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl PriceListRow {
    /// Where it stands at `now`; a retired one has ended.
    #[must_use]
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        Phase::of(&self.validity, self.retired, now)
    }
}

impl FromRow<'_, PgRow> for PriceListRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let customers: Vec<Uuid> = row.try_get("customers")?;
        let groups: Vec<String> = row.try_get("groups")?;
        let group = |text: String| Code::parse(&text).map_err(|error| undecodable("groups", error));
        Ok(Self {
            id: row.id("id", PriceListId::from_uuid)?,
            name: row.json("name")?,
            customers: customers.into_iter().map(AccountId::from_uuid).collect(),
            groups: groups.into_iter().map(group).collect::<Result<_, _>>()?,
            currency: row.currency("currency")?,
            validity: Validity {
                from: row.try_get("valid_from")?,
                until: row.try_get("valid_until")?,
            },
            priority: row.try_get("priority")?,
            prices: row.try_get("prices")?,
            retired: row.try_get("ended")?,
            retire_reason: row.try_get("retire_reason")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Which price lists are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListFilter {
    /// The present, for phases.
    pub now: DateTime<Utc>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// That name this customer.
    pub customer: Option<AccountId>,
    /// That are for this group.
    pub group: Option<Code>,
}
