//! Warehouses and stock as answers show them.

use chrono::{DateTime, Utc};
use commands::inventory::{BulkAccepted, RowOutcome, StockAccepted};
use domain::{
    ids::{ProductId, WarehouseId},
    inventory::StoreStatus,
};
use projections::inventory::{
    stock_history::BalanceRow,
    stock_levels::{ProductStock, StockLevel, StockRow, WarehouseRow, WarehouseStatus},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::place::{LocationBody, ShippingBody};
use crate::http::shapes::{Texts, texts};

/// The counters of a product in one warehouse after a change, in base units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockAccepted, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "on_hand": 120, "reserved": 0, "held": 0, "available": 120, "version": 1,
}))]
pub struct StockAcceptedBody {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// In the building.
    pub on_hand: u64,
    /// Taken by orders that have not shipped.
    pub reserved: u64,
    /// Taken by carts for some minutes.
    pub held: u64,
    /// on hand - reserved - held.
    pub available: u64,
    /// The version of the product's stock.
    pub version: i64,
}

impl From<&StockAccepted> for StockAcceptedBody {
    fn from(accepted: &StockAccepted) -> Self {
        Self {
            product_id: accepted.product.to_string(),
            warehouse_id: accepted.warehouse.to_string(),
            on_hand: accepted.on_hand,
            reserved: accepted.reserved,
            held: accepted.held,
            available: accepted.available,
            version: accepted.version,
        }
    }
}

/// What became of many corrections.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkAdjusted)]
pub struct BulkAdjustedBody {
    /// How many were adjusted.
    pub adjusted: usize,
    /// How many were refused.
    pub refused: usize,
    /// In the order of the request.
    pub rows: Vec<BulkRowBody>,
}

/// What became of one correction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRow)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum BulkRowBody {
    /// It was made.
    Adjusted {
        /// The counters after it.
        stock: StockAcceptedBody,
    },
    /// It was not made.
    Refused {
        /// Stable code.
        code: String,
        /// One sentence for a person.
        detail: String,
    },
}

impl From<&BulkAccepted> for BulkAdjustedBody {
    fn from(accepted: &BulkAccepted) -> Self {
        let rows: Vec<BulkRowBody> = accepted
            .rows
            .iter()
            .map(|row| match row {
                RowOutcome::Adjusted { stock } => BulkRowBody::Adjusted { stock: stock.into() },
                RowOutcome::Refused { code, message } => {
                    BulkRowBody::Refused { code: code.clone(), detail: message.clone() }
                }
            })
            .collect();
        let adjusted = rows.iter().filter(|row| matches!(row, BulkRowBody::Adjusted { .. })).count();
        Self { adjusted, refused: rows.len().saturating_sub(adjusted), rows }
    }
}

/// The stock of a product, in base units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stock, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "on_hand": 120, "reserved": 20, "held": 0, "available": 100,
    "warehouses": [{
        "warehouse_id": "wrh_0190c7a2000070008000000000000001", "code": "BGW",
        "on_hand": 120, "reserved": 20, "held": 0, "available": 100, "threshold": 10, "level": "normal",
    }],
}))]
pub struct StockBody {
    /// `prd_…`
    pub product_id: String,
    /// In the buildings.
    pub on_hand: i64,
    /// Taken by orders that have not shipped.
    pub reserved: i64,
    /// Taken by carts for some minutes.
    pub held: i64,
    /// on hand - reserved - held.
    pub available: i64,
    /// Every warehouse that it was ever in.
    pub warehouses: Vec<WarehouseStockBody>,
}

/// The stock of a product in one warehouse, in base units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WarehouseStock)]
pub struct WarehouseStockBody {
    /// `wrh_…`
    pub warehouse_id: String,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In the building.
    pub on_hand: i64,
    /// Taken by orders that have not shipped.
    pub reserved: i64,
    /// Taken by carts for some minutes.
    pub held: i64,
    /// on hand - reserved - held.
    pub available: i64,
    /// At or below how many available units it is low; not for the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<i64>,
    /// `normal`, `low` or `out`; not for the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// Of the past: where the last movement until then stands in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Of the past: when that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<DateTime<Utc>>,
}

const fn level(level: StockLevel) -> &'static str {
    match level {
        StockLevel::Normal => "normal",
        StockLevel::Low => "low",
        StockLevel::Out => "out",
    }
}

impl StockBody {
    /// What there is now in the warehouses that the caller may see; `None` means in all of them.
    pub(super) fn within(stock: ProductStock, within: Option<&[WarehouseId]>) -> Self {
        let mut rows = stock.by_warehouse;
        rows.retain(|row| within.is_none_or(|within| within.contains(&row.warehouse)));
        let sum = |of: fn(&StockRow) -> i64| rows.iter().map(of).fold(0, i64::saturating_add);
        Self {
            product_id: stock.product.to_string(),
            on_hand: sum(|row| row.on_hand),
            reserved: sum(|row| row.reserved),
            held: sum(|row| row.held),
            available: sum(|row| row.available),
            warehouses: rows.into_iter().map(Into::into).collect(),
        }
    }

    /// What there was at some moment.
    pub(super) fn past(product: ProductId, rows: &[BalanceRow]) -> Self {
        let sum = |of: fn(&BalanceRow) -> i64| rows.iter().map(of).fold(0, i64::saturating_add);
        Self {
            product_id: product.to_string(),
            on_hand: sum(|row| row.on_hand),
            reserved: sum(|row| row.reserved),
            held: sum(|row| row.held),
            available: sum(|row| row.available),
            warehouses: rows
                .iter()
                .map(|row| WarehouseStockBody {
                    warehouse_id: row.warehouse.to_string(),
                    code: None,
                    on_hand: row.on_hand,
                    reserved: row.reserved,
                    held: row.held,
                    available: row.available,
                    threshold: None,
                    level: None,
                    position: Some(row.position),
                    recorded_at: Some(row.recorded_at),
                })
                .collect(),
        }
    }
}

impl From<StockRow> for WarehouseStockBody {
    fn from(row: StockRow) -> Self {
        Self {
            warehouse_id: row.warehouse.to_string(),
            code: row.warehouse_code,
            on_hand: row.on_hand,
            reserved: row.reserved,
            held: row.held,
            available: row.available,
            threshold: Some(row.threshold),
            level: Some(level(row.level)),
            position: None,
            recorded_at: None,
        }
    }
}

/// A product that is short in one warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shortage)]
pub struct ShortageBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// `wrh_…`
    pub warehouse_id: String,
    /// The warehouse's code.
    pub warehouse_code: Option<String>,
    /// In the building.
    pub on_hand: i64,
    /// What can be sold.
    pub available: i64,
    /// At or below how many available units it is low.
    pub threshold: i64,
    /// What can be sold over all warehouses.
    pub product_available: i64,
}

impl ShortageBody {
    pub(super) fn new(row: StockRow, language: &str) -> Self {
        Self {
            product_id: row.product.to_string(),
            sku: row.sku,
            title: row.title.map(|title| title.pick(&[language]).1.to_owned()),
            warehouse_id: row.warehouse.to_string(),
            warehouse_code: row.warehouse_code,
            on_hand: row.on_hand,
            available: row.available,
            threshold: row.threshold,
            product_available: row.product_available,
        }
    }
}

/// A warehouse with its stock totals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warehouse, example = json!({
    "id": "wrh_0190c7a2000070008000000000000001", "code": "BGW", "name": "Baghdad",
    "names": {"en": "Baghdad", "ar": "بغداد"}, "country": "IQ", "zones": [], "status": "open", "version": 1,
    "opened_at": "2026-01-31T12:00:00Z", "products": 30, "on_hand": 3600, "available": 3550,
    "location": {"latitude": 33.315241, "longitude": 44.366067},
    "shipping": [{"zone": null, "min_days": 1, "max_days": 3}], "store_status": null,
}))]
pub struct WarehouseBody {
    /// `wrh_…`
    pub id: String,
    /// Short unique code.
    pub code: String,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    /// What it is called, by language.
    pub names: Texts,
    /// Where it stands.
    pub country: Option<String>,
    /// Zones that it serves; empty means all.
    pub zones: Vec<String>,
    /// `open` or `closed`.
    pub status: &'static str,
    /// Its version.
    pub version: i64,
    /// When its opening was recorded.
    pub opened_at: DateTime<Utc>,
    /// How many products have stock on hand in it.
    pub products: i64,
    /// Base units on hand, over all products.
    pub on_hand: i64,
    /// Base units that can be sold, over all products.
    pub available: i64,
    /// Its place.
    pub location: Option<LocationBody>,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingBody>,
    /// `open`, `paused` or `closed`; null where it is no store.
    #[schema(value_type = Option<String>)]
    pub store_status: Option<StoreStatus>,
}

impl WarehouseBody {
    pub(super) fn new(row: WarehouseRow, language: &str) -> Self {
        Self {
            id: row.id.to_string(),
            code: row.code,
            name: row.name.pick(&[language]).1.to_owned(),
            names: texts(&row.name),
            country: row.country,
            zones: row.zones,
            status: match row.status {
                WarehouseStatus::Open => "open",
                WarehouseStatus::Closed => "closed",
            },
            version: row.version,
            opened_at: row.opened_at,
            products: row.products,
            on_hand: row.on_hand,
            available: row.available,
            location: row.location.map(LocationBody::from),
            shipping: row.shipping.into_iter().map(ShippingBody::from).collect(),
            store_status: row.store,
        }
    }
}

/// What became of a warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WarehouseAccepted, example = json!({"id": "wrh_0190c7a2000070008000000000000001", "version": 1}))]
pub struct WarehouseAcceptedBody {
    /// `wrh_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}
