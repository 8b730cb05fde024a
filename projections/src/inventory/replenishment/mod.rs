//! Suppliers, and what is ordered from them.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{ProductId, ReorderId, SupplierId, WarehouseId},
    text::LocalizedText,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::Replenishment;
pub use queries::{ReorderFilter, reorders, suppliers};

use crate::columns::{Columns, words};

/// Whether goods are ordered from a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupplierStatus {
    /// They are.
    Active,
    /// They are not any more.
    Retired,
}

/// How far a replenishment order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReorderStatus {
    /// It waits for somebody to agree.
    Open,
    /// It is on its way.
    Approved,
    /// The goods are there.
    Received,
    /// It is not needed any more.
    Cancelled,
}

words! {
    SupplierStatus { Active = "active", Retired = "retired" }
    ReorderStatus { Open = "open", Approved = "approved", Received = "received", Cancelled = "cancelled" }
}

impl ReorderStatus {
    /// Its word, as lists are filtered by it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        crate::columns::Word::word(self)
    }

    /// The status of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        crate::columns::Word::from_word(word).ok()
    }
}

impl SupplierStatus {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        crate::columns::Word::word(self)
    }
}

/// One supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierRow {
    /// Which.
    pub id: SupplierId,
    /// Short unique code.
    pub code: String,
    /// What it is called.
    pub name: LocalizedText,
    /// Days from ordering until the goods are there.
    pub lead_time_days: i32,
    /// Active or retired.
    pub status: SupplierStatus,
    /// The stream's version.
    pub version: i64,
}

impl FromRow<'_, PgRow> for SupplierRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", SupplierId::from_uuid)?,
            code: row.try_get("code")?,
            name: row.json("name")?,
            lead_time_days: row.try_get("lead_time_days")?,
            status: row.word("status")?,
            version: row.try_get("version")?,
        })
    }
}

/// One replenishment order, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReorderRow {
    /// Which.
    pub id: ReorderId,
    /// Of which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// From whom, where that is settled.
    pub supplier: Option<SupplierId>,
    /// How many were ordered.
    pub quantity: i64,
    /// How many were available when it was opened.
    pub available: i64,
    /// How many came.
    pub received: Option<i64>,
    /// How far it is.
    pub status: ReorderStatus,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// The stream's version.
    pub version: i64,
    /// When its opening was recorded.
    pub opened_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for ReorderRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", ReorderId::from_uuid)?,
            product: row.id("product", ProductId::from_uuid)?,
            warehouse: row.id("warehouse", WarehouseId::from_uuid)?,
            supplier: row.maybe_id("supplier", SupplierId::from_uuid)?,
            quantity: row.try_get("quantity")?,
            available: row.try_get("available")?,
            received: row.try_get("received")?,
            status: row.word("status")?,
            reason: row.try_get("reason")?,
            version: row.try_get("version")?,
            opened_at: row.try_get("opened_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
