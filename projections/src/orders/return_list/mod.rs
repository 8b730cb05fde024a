//! Returns and the credits that they end in: one row per return, with its lines.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, OrderId, ProductId, ReturnId, WarehouseId},
    money::{Money, UnitPrice},
    orders::{ReturnStatus, SoldIn},
    text::ExternalId,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::ReturnList;
pub use queries::{by_external_id, detail, get, get_with_checkpoint, lines_of, list};

use crate::columns::{Columns, UnknownWord, undecodable};

/// One return, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnRow {
    /// Which.
    pub id: ReturnId,
    /// The order; `None` where a legacy credit names none.
    pub order: Option<OrderId>,
    /// Who returns.
    pub customer: Option<AccountId>,
    /// Its number in another system.
    pub external_id: Option<String>,
    /// Country of the sale.
    pub country: Option<String>,
    /// How far it has come.
    pub status: ReturnStatus,
    /// What is paid back.
    pub total: Money,
    /// Why it was requested.
    pub reason: String,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// Where the units went; `None` until they are received.
    pub warehouse: Option<WarehouseId>,
    /// Number of the credit; `None` until it is issued.
    pub credit_number: Option<i64>,
    /// Number of lines.
    pub line_count: u32,
    /// The stream's version: the number of the return's events.
    pub version: i64,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// When the request was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for ReturnRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let line_count: i32 = row.try_get("line_count")?;
        Ok(Self {
            id: row.id("id", ReturnId::from_uuid)?,
            order: row.maybe_id("order_id", OrderId::from_uuid)?,
            customer: row.maybe_id("customer", AccountId::from_uuid)?,
            external_id: row.try_get("external_id")?,
            country: row.try_get("country")?,
            status: row.word("status")?,
            total: row.money("total", currency)?,
            reason: row.try_get("reason")?,
            rejection_reason: row.try_get("rejection_reason")?,
            warehouse: row.maybe_id("warehouse", WarehouseId::from_uuid)?,
            credit_number: row.try_get("credit_number")?,
            line_count: line_count.unsigned_abs(),
            version: row.try_get("version")?,
            requested_at: row.try_get("requested_at")?,
            recorded_at: row.try_get("recorded_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// One line of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnLineRow {
    /// From 1.
    pub number: u16,
    /// Which product.
    pub product: ProductId,
    /// Its code at that time.
    pub sku: String,
    /// How many base units come back.
    pub quantity: u32,
    /// The price that is paid back for one.
    pub unit_price: UnitPrice,
    /// What is paid back.
    pub total: Money,
    /// The line of the order that it was sold with, where it is known.
    pub sold_in: Option<SoldIn>,
}

impl FromRow<'_, PgRow> for ReturnLineRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let short = |column: &str, number: i32| {
            u16::try_from(number).map_err(|_| undecodable(column, UnknownWord(number.to_string())))
        };
        let order: Option<OrderId> = row.maybe_id("sold_in_order", OrderId::from_uuid)?;
        let line: Option<i32> = row.try_get("sold_in_line")?;
        let sold_in = order
            .zip(line)
            .map(|(order, line)| Ok::<_, sqlx::Error>(SoldIn { order, line: short("sold_in_line", line)? }));
        Ok(Self {
            number: short("number", row.try_get("number")?)?,
            product: row.id("product", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            quantity: row.count("quantity")?,
            unit_price: row.unit_price("unit_price_micros", currency)?,
            total: row.money("total", currency)?,
            sold_in: sold_in.transpose()?,
        })
    }
}

/// One return with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnDetail {
    /// The return.
    pub return_row: ReturnRow,
    /// By number.
    pub lines: Vec<ReturnLineRow>,
}

/// Which returns are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnFilter {
    /// In this status.
    pub status: Option<ReturnStatus>,
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of this customer.
    pub customer: Option<AccountId>,
    /// Requested at or after.
    pub from: Option<DateTime<Utc>>,
    /// Requested at or before.
    pub to: Option<DateTime<Utc>>,
    /// With this number in another system.
    pub external_id: Option<ExternalId>,
}
