//! Units as answers show them.

use chrono::{DateTime, Utc};
use commands::catalog::{SellingUnitAccepted, UnitAccepted};
use domain::{catalog::Dimension, ratio::Ratio};
use projections::catalog::{
    product_list::ProductRow,
    unit_list::{SellingUnitRow, UnitRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::{MoneyBody, Texts, texts};

/// An exact fraction in lowest terms.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Ratio, example = json!({"numerator": 12, "denominator": 1}))]
pub struct RatioBody {
    /// What is divided.
    pub numerator: u32,
    /// By what.
    pub denominator: u32,
}

impl From<Ratio> for RatioBody {
    fn from(ratio: Ratio) -> Self {
        Self {
            numerator: ratio.numerator(),
            denominator: ratio.denominator(),
        }
    }
}

/// One unit of measure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unit)]
pub struct UnitBody {
    /// `unt_…`
    pub id: String,
    /// Its short code.
    pub code: String,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    /// How it is written behind a number.
    pub symbol: String,
    /// `count`, `mass`, `volume`, `length` or `area`.
    #[schema(value_type = String)]
    pub dimension: Dimension,
    /// How many pieces, grams, millilitres, millimetres or square centimetres it is.
    pub scale: RatioBody,
    /// Nothing new is sold by it.
    pub retired: bool,
    /// The version of the unit: `If-Match` takes it.
    pub version: i64,
    /// When it was defined.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
    /// Every text in every language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<UnitTranslationsBody>,
}

/// Texts of a unit by language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitTranslations)]
pub struct UnitTranslationsBody {
    /// What it is called.
    pub name: Texts,
    /// How it is written behind a number.
    pub symbol: Texts,
}

/// One unit that a product is sold by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SellingUnit)]
pub struct SellingUnitBody {
    /// `sun_…`
    pub id: String,
    /// `prd_…`
    pub product_id: String,
    /// The unit of measure that it is called by (`unt_…`).
    pub unit_id: String,
    /// Code of that unit.
    pub unit_code: Option<String>,
    /// Its own name or, where it has none, the unit's.
    pub name: Option<String>,
    /// How many base units of the product are in it.
    pub contains: RatioBody,
    /// What one of it costs.
    pub price: Option<MoneyBody>,
    /// It has a price of its own; otherwise it costs what is in it.
    pub has_own_price: bool,
    /// How many whole ones can be sold now, over all warehouses.
    pub available: i64,
    /// The fewest that come to whole base units.
    pub multiple_of: u32,
    /// The printed code.
    pub barcode: Option<String>,
    /// The seller's code.
    pub sku: Option<String>,
    /// The version of the selling unit: `If-Match` takes it.
    pub version: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

/// What a product is sold by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SellingUnits)]
pub struct SellingUnitsBody {
    /// The smallest first.
    pub items: Vec<SellingUnitBody>,
}

/// What became of a unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitAccepted, example = json!({"id": "unt_0190c7a2000070008000000000000001", "version": 1}))]
pub struct UnitAcceptedBody {
    /// `unt_…` or `sun_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

impl From<&UnitAccepted> for UnitAcceptedBody {
    fn from(accepted: &UnitAccepted) -> Self {
        Self { id: accepted.unit.to_string(), version: accepted.version }
    }
}

impl From<&SellingUnitAccepted> for UnitAcceptedBody {
    fn from(accepted: &SellingUnitAccepted) -> Self {
        Self {
            id: accepted.selling_unit.to_string(),
            version: accepted.version,
        }
    }
}

impl UnitBody {
    /// The row in the language `wanted`.
    #[must_use]
    pub fn new(row: UnitRow, wanted: &str, is_full: bool) -> Self {
        let details = row.details;
        Self {
            id: row.id.to_string(),
            code: row.code,
            name: details.name.pick(&[wanted]).1.to_owned(),
            symbol: details.symbol.pick(&[wanted]).1.to_owned(),
            dimension: details.dimension,
            scale: details.scale.into(),
            retired: row.retired,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            translations: is_full
                .then(|| UnitTranslationsBody { name: texts(&details.name), symbol: texts(&details.symbol) }),
        }
    }
}

impl SellingUnitBody {
    /// The row in the language `wanted`, with its unit of measure and its product where these have been read.
    #[must_use]
    pub fn new(row: SellingUnitRow, units: &[UnitRow], products: &[ProductRow], wanted: &str) -> Self {
        let unit = units.iter().find(|unit| unit.id == row.unit);
        let product = products.iter().find(|product| product.id == row.product);
        let name = row.name.as_ref().or_else(|| unit.map(|unit| &unit.details.name));
        let worth = product.and_then(|product| row.contains.price_of(product.price()).ok());
        Self {
            id: row.id.to_string(),
            product_id: row.product.to_string(),
            unit_id: row.unit.to_string(),
            unit_code: unit.map(|unit| unit.code.clone()),
            name: name.map(|name| name.pick(&[wanted]).1.to_owned()),
            contains: row.contains.into(),
            price: row.price.or(worth).map(Into::into),
            has_own_price: row.price.is_some(),
            available: product.map_or(0, |product| row.contains.whole_units(product.available)),
            multiple_of: row.contains.denominator(),
            barcode: row.barcode,
            sku: row.sku,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
