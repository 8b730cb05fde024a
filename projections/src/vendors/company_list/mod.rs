//! Companies with their terms, and how the commission changed.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::CompanyId,
    money::BasisPoints,
    text::{LocalizedText, Zone},
    vendors::DeliveryFee,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::CompanyList;
pub use queries::{by_ids, commission_rates, get, list};

use crate::columns::{Columns, UnknownWord, undecodable};

/// One company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRow {
    /// Which.
    pub id: CompanyId,
    /// What it is called.
    pub name: LocalizedText,
    /// What it is.
    pub description: Option<LocalizedText>,
    /// Zones that it delivers to; empty means all.
    pub zones: Vec<String>,
    /// Its goods can be ordered.
    pub active: bool,
    /// The commission of orders that are placed now.
    pub commission_rate: BasisPoints,
    /// What it charges for bringing a part of an order.
    pub delivery_fees: Vec<DeliveryFee>,
    /// The stream's version: the number of the company's events.
    pub version: i64,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for CompanyRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", CompanyId::from_uuid)?,
            name: row.json("name")?,
            description: row.maybe_json("description")?,
            zones: row.try_get("zones")?,
            active: row.try_get("active")?,
            commission_rate: rate(row, "commission_basis_points")?,
            delivery_fees: row.json("delivery_fees")?,
            version: row.try_get("version")?,
            registered_at: row.try_get("registered_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

fn rate(row: &PgRow, column: &str) -> Result<BasisPoints, sqlx::Error> {
    let points: i32 = row.try_get(column)?;
    u16::try_from(points)
        .ok()
        .and_then(|points| BasisPoints::try_from(points).ok())
        .ok_or_else(|| undecodable(column, UnknownWord(points.to_string())))
}

/// From when on a commission held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommissionRateRow {
    /// The rate.
    pub commission_rate: BasisPoints,
    /// Position of the event in the log.
    pub position: i64,
    /// When it was recorded.
    pub since: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for CommissionRateRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            commission_rate: rate(row, "basis_points")?,
            position: row.try_get("position")?,
            since: row.try_get("since")?,
        })
    }
}

/// Which companies are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompanyFilter {
    /// Active or not.
    pub active: Option<bool>,
    /// That deliver to this zone.
    pub zone: Option<Zone>,
}
