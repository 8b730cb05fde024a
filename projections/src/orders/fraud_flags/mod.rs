//! Flags: one row per order that was taken for fraud, with the reasons and what a review came to.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, OrderId},
    orders::{Flag, FraudReason},
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::FraudFlags;
pub use queries::{FlagFilter, FlagSort, FlaggedOrder, list};

use crate::columns::{Columns, Word};

impl Word for Flag {
    const WORDS: &'static [Self] = Self::ALL;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// One flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagRow {
    /// The order.
    pub order: OrderId,
    /// How far its review has come.
    pub status: Flag,
    /// The points of all reasons.
    pub score: u16,
    /// Why.
    pub reasons: Vec<FraudReason>,
    /// From how many orders the model had learned.
    pub model_version: u64,
    /// What the reviewer found.
    pub note: Option<String>,
    /// Who reviewed it.
    pub reviewed_by: Option<AccountId>,
    /// When.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// The order's version with the flag's last change.
    pub version: i64,
    /// When it was flagged last.
    pub flagged_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for FlagRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let score: i16 = row.try_get("score")?;
        Ok(Self {
            order: row.id("order_id", OrderId::from_uuid)?,
            status: row.word("status")?,
            score: score.unsigned_abs(),
            reasons: row.json("reasons")?,
            model_version: row.count("model_version")?,
            note: row.try_get("note")?,
            reviewed_by: row.maybe_id("reviewed_by", AccountId::from_uuid)?,
            reviewed_at: row.try_get("reviewed_at")?,
            version: row.try_get("version")?,
            flagged_at: row.try_get("flagged_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
