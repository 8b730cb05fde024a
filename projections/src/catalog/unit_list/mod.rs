//! Units of measure, and the units that products are sold by.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{Dimension, UnitDetails},
    ids::{ProductId, SellingUnitId, UnitId},
    money::UnitPrice,
    ratio::Ratio,
    text::LocalizedText,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::UnitList;
pub use queries::{selling_units, selling_units_of, units, units_by_ids};

use crate::columns::{Columns, undecodable, words};

words! {
    Dimension { Count = "count", Mass = "mass", Volume = "volume", Length = "length", Area = "area" }
}

/// One unit of measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Which.
    pub id: UnitId,
    /// Its short code.
    pub code: String,
    /// What it is.
    pub details: UnitDetails,
    /// Nothing new is sold by it.
    pub retired: bool,
    /// The stream's version.
    pub version: i64,
    /// When it was defined.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

/// One unit that a product is sold by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellingUnitRow {
    /// Which.
    pub id: SellingUnitId,
    /// Of which product.
    pub product: ProductId,
    /// The unit of measure that it is called by.
    pub unit: UnitId,
    /// A name of its own.
    pub name: Option<LocalizedText>,
    /// How many base units are in it.
    pub contains: Ratio,
    /// What one of it costs, where it has a price of its own.
    pub price: Option<UnitPrice>,
    /// The printed code.
    pub barcode: Option<String>,
    /// The seller's code.
    pub sku: Option<String>,
    /// The product is not sold by it any more.
    pub retired: bool,
    /// The stream's version.
    pub version: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

fn ratio(row: &PgRow, numerator: &str, denominator: &str) -> Result<Ratio, sqlx::Error> {
    Ratio::try_new(row.count(numerator)?, row.count(denominator)?)
        .map_err(|error| undecodable(numerator, error))
}

impl FromRow<'_, PgRow> for UnitRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", UnitId::from_uuid)?,
            code: row.try_get("code")?,
            details: UnitDetails {
                name: row.json("name")?,
                symbol: row.json("symbol")?,
                dimension: row.word("dimension")?,
                scale: ratio(row, "scale_numerator", "scale_denominator")?,
            },
            retired: row.try_get("retired")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for SellingUnitRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency: Option<&str> = row.try_get("currency")?;
        let price = match currency {
            Some(_) => row.maybe_unit_price("price_micros", row.currency("currency")?)?,
            None => None,
        };
        Ok(Self {
            id: row.id("id", SellingUnitId::from_uuid)?,
            product: row.id("product", ProductId::from_uuid)?,
            unit: row.id("unit", UnitId::from_uuid)?,
            name: row.maybe_json("name")?,
            contains: ratio(row, "numerator", "denominator")?,
            price,
            barcode: row.try_get("barcode")?,
            sku: row.try_get("sku")?,
            retired: row.try_get("retired")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
