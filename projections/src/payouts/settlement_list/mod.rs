//! Settlements with what they say.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{CompanyId, SettlementId},
    payouts::{SettlementStatus, Statement},
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::{SettlementList, row_of};
pub use queries::{get, list};

use crate::columns::Columns;

/// One settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementRow {
    /// Which.
    pub id: SettlementId,
    /// Whose account.
    pub company: CompanyId,
    /// How far it has come.
    pub status: SettlementStatus,
    /// The range of positions begins after this one.
    pub from: i64,
    /// The last position of the range.
    pub to: i64,
    /// The account.
    pub statement: Statement,
    /// What the company objects to.
    pub dispute_reason: Option<String>,
    /// How a dispute was resolved.
    pub closing_reason: Option<String>,
    /// The stream's version: the number of the settlement's events.
    pub version: i64,
    /// When it was drawn up.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for SettlementRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        Ok(Self {
            id: row.id("id", SettlementId::from_uuid)?,
            company: row.id("company", CompanyId::from_uuid)?,
            status: row.word("status")?,
            from: row.try_get("from_position")?,
            to: row.try_get("to_position")?,
            statement: Statement {
                opening: row.money("opening", currency)?,
                earnings: row.earnings(currency)?,
                payouts: row.money("payouts", currency)?,
                closing: row.money("closing", currency)?,
            },
            dispute_reason: row.try_get("dispute_reason")?,
            closing_reason: row.try_get("closing_reason")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Which settlements are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettlementFilter {
    /// Of this company.
    pub company: Option<CompanyId>,
    /// In this status.
    pub status: Option<SettlementStatus>,
}
