//! What every warehouse has of every product now; and the warehouses.

mod lots;
mod places;
mod project;
mod queries;
mod statistics;
mod stores;

use chrono::{DateTime, Utc};
use domain::{
    ids::{ProductId, WarehouseId},
    inventory::{Location, ShippingEstimate, StoreStatus},
    text::LocalizedText,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use lots::{LotRow, expiring, lots_of};
pub use project::StockLevels;
pub use queries::{
    low_stock, out_of_stock, stock_of, stock_of_products, stock_of_with_checkpoint, warehouse, warehouses,
};
pub use statistics::{StockStatistics, statistics};
pub use stores::{StoreGoodsRow, StoreRow, goods_of_store, store, stores_nearby};

use crate::{
    catalog::product_list::ProductStatus,
    columns::{Columns, words},
};

/// How much is available, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockLevel {
    /// Above the threshold.
    Normal,
    /// At the threshold or below, and above zero.
    Low,
    /// Nothing.
    Out,
}

/// Whether a warehouse holds stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarehouseStatus {
    /// It does.
    Open,
    /// It does not any more.
    Closed,
}

words! {
    StockLevel { Normal = "normal", Low = "low", Out = "out" }
    WarehouseStatus { Open = "open", Closed = "closed" }
}

/// One product in one warehouse, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockRow {
    /// Of which product.
    pub product: ProductId,
    /// Its code; `None` where the product is not registered (yet).
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<LocalizedText>,
    /// Sold or not.
    pub product_status: Option<ProductStatus>,
    /// Where.
    pub warehouse: WarehouseId,
    /// The warehouse's code.
    pub warehouse_code: Option<String>,
    /// In the building.
    pub on_hand: i64,
    /// Taken by orders that have not shipped.
    pub reserved: i64,
    /// Taken by carts for some minutes.
    pub held: i64,
    /// What can be sold: on hand - reserved - held.
    pub available: i64,
    /// At or below how many available units the stock is low; 0 where none was set.
    pub threshold: i64,
    /// In a word.
    pub level: StockLevel,
    /// What can be sold of the product over all warehouses.
    pub product_available: i64,
}

/// What there is of one product, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductStock {
    /// Of which product.
    pub product: ProductId,
    /// Every warehouse that the product was ever in, by id; empty where it never was in any.
    pub by_warehouse: Vec<StockRow>,
    /// The sum of on hand.
    pub on_hand: i64,
    /// The sum of reserved.
    pub reserved: i64,
    /// The sum of held.
    pub held: i64,
    /// The sum of available.
    pub available: i64,
}

/// One warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseRow {
    /// Which.
    pub id: WarehouseId,
    /// Short unique code.
    pub code: String,
    /// What it is called.
    pub name: LocalizedText,
    /// Where it stands.
    pub country: Option<String>,
    /// Zones that it serves; empty means all.
    pub zones: Vec<String>,
    /// Open or closed.
    pub status: WarehouseStatus,
    /// The stream's version.
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
    pub location: Option<Location>,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingEstimate>,
    /// Whether it serves the public; `None` where it is no store.
    pub store: Option<StoreStatus>,
}

impl FromRow<'_, PgRow> for StockRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let status: Option<&str> = row.try_get("product_status")?;
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            title: row.maybe_json("title")?,
            product_status: status.map(|_| row.word("product_status")).transpose()?,
            warehouse: row.id("warehouse", WarehouseId::from_uuid)?,
            warehouse_code: row.try_get("warehouse_code")?,
            on_hand: row.try_get("on_hand")?,
            reserved: row.try_get("reserved")?,
            held: row.try_get("held")?,
            available: row.try_get("available")?,
            threshold: row.try_get("threshold")?,
            level: row.word("level")?,
            product_available: row.try_get("product_available")?,
        })
    }
}

impl FromRow<'_, PgRow> for WarehouseRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", WarehouseId::from_uuid)?,
            code: row.try_get("code")?,
            name: row.json("name")?,
            country: row.try_get("country")?,
            zones: row.try_get("zones")?,
            status: row.word("status")?,
            version: row.try_get("version")?,
            opened_at: row.try_get("opened_at")?,
            products: row.try_get("products")?,
            on_hand: row.try_get("on_hand")?,
            available: row.try_get("available")?,
            location: place(row)?,
            shipping: row.json("shipping")?,
            store: row
                .try_get::<Option<&str>, _>("store_status")?
                .map(|_| row.word("store_status"))
                .transpose()?,
        })
    }
}

fn place(row: &PgRow) -> Result<Option<Location>, sqlx::Error> {
    let (latitude_e6, longitude_e6): (Option<i32>, Option<i32>) =
        (row.try_get("latitude_e6")?, row.try_get("longitude_e6")?);
    Ok(latitude_e6
        .zip(longitude_e6)
        .map(|(latitude_e6, longitude_e6)| Location { latitude_e6, longitude_e6 }))
}
