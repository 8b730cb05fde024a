//! Every stock movement with the balance after it.

mod demand;
mod project;
mod queries;
mod turnover;

use chrono::{DateTime, Utc};
use domain::ids::{HoldId, OrderId, ProductId, ReturnId, WarehouseId};
use event_store::{ActorKind, AsOf};
use sqlx::{FromRow, Row, postgres::PgRow};
use uuid::Uuid;

pub use demand::{DemandFilter, DemandRow, demand};
pub use project::StockHistory;
pub use queries::{history, stock_as_of, stock_by_effect};
pub use turnover::{TurnoverFilter, TurnoverRow, turnover};

use crate::columns::Columns;

/// What one event moved in one warehouse, and the balance after it; all in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRow {
    /// The event's position in the log.
    pub position: i64,
    /// Of which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// The event's stored name, such as `StockReserved`.
    pub event_type: String,
    /// Change of what is in the building.
    pub delta_on_hand: i64,
    /// Change of what orders have taken.
    pub delta_reserved: i64,
    /// Change of what carts have taken.
    pub delta_held: i64,
    /// In the building after it.
    pub on_hand: i64,
    /// Taken by orders after it.
    pub reserved: i64,
    /// Taken by carts after it.
    pub held: i64,
    /// What could be sold after it.
    pub available: i64,
    /// The order that caused it.
    pub order: Option<OrderId>,
    /// The hold that caused it.
    pub hold: Option<HoldId>,
    /// The return that caused it.
    pub return_id: Option<ReturnId>,
    /// The reason of an adjustment or a transfer, the reference of a delivery, why units were written off (`expired`,
    /// `damaged`, `lost`, and a note after a colon), or the cause of a release
    /// (`cancelled`, `expired`, `given_back`, `consumed`).
    pub reason: Option<String>,
    /// What kind of actor caused it.
    pub actor_kind: ActorKind,
    /// The account that caused it.
    pub actor_id: Option<Uuid>,
    /// When it happened.
    pub effective_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for MovementRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let (on_hand, reserved, held): (i64, i64, i64) =
            (row.try_get("on_hand")?, row.try_get("reserved")?, row.try_get("held")?);
        Ok(Self {
            position: row.try_get("position")?,
            product: row.id("product", ProductId::from_uuid)?,
            warehouse: row.id("warehouse", WarehouseId::from_uuid)?,
            event_type: row.try_get("event_type")?,
            delta_on_hand: row.try_get("delta_on_hand")?,
            delta_reserved: row.try_get("delta_reserved")?,
            delta_held: row.try_get("delta_held")?,
            on_hand,
            reserved,
            held,
            available: on_hand.saturating_sub(reserved).saturating_sub(held),
            order: row.maybe_id("order_id", OrderId::from_uuid)?,
            hold: row.maybe_id("hold_id", HoldId::from_uuid)?,
            return_id: row.maybe_id("return_id", ReturnId::from_uuid)?,
            reason: row.try_get("reason")?,
            actor_kind: row.word("actor_kind")?,
            actor_id: row.try_get("actor_id")?,
            effective_at: row.try_get("effective_at")?,
            recorded_at: row.try_get("recorded_at")?,
        })
    }
}

/// What a warehouse had of a product at some moment; in base units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalanceRow {
    /// Where.
    pub warehouse: WarehouseId,
    /// In the building.
    pub on_hand: i64,
    /// Taken by orders.
    pub reserved: i64,
    /// Taken by carts.
    pub held: i64,
    /// What could be sold.
    pub available: i64,
    /// Position of the last movement until then.
    pub position: i64,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Which movements are wanted; what is `None` or empty does not restrict.
#[derive(Debug, Clone, Copy)]
pub struct MovementFilter<'a> {
    /// Of this product.
    pub product: Option<ProductId>,
    /// In one of these warehouses.
    pub warehouses: &'a [WarehouseId],
    /// Caused by this order.
    pub order: Option<OrderId>,
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded at or before.
    pub to: Option<DateTime<Utc>>,
    /// Up to this moment of the log.
    pub as_of: AsOf,
    /// Happened at or before, whenever that was recorded.
    pub happened_by: Option<DateTime<Utc>>,
    /// Newest first.
    pub newest_first: bool,
}

impl Default for MovementFilter<'_> {
    fn default() -> Self {
        Self {
            product: None,
            warehouses: &[],
            order: None,
            from: None,
            to: None,
            as_of: AsOf::Now,
            happened_by: None,
            newest_first: true,
        }
    }
}
