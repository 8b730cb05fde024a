//! Stock movements as answers show them.

use chrono::{DateTime, Utc};
use projections::inventory::stock_history::MovementRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::history::ActorBody;

/// One stock movement with the balance after it, in base units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockMovement)]
pub struct MovementBody {
    /// Its place in the log.
    pub position: i64,
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// What happened, such as `StockReserved`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What changed.
    pub change: CountersBody,
    /// What there was after it.
    pub balance: BalanceBody,
    /// The order that caused it.
    pub order_id: Option<String>,
    /// The hold that caused it.
    pub hold_id: Option<String>,
    /// The return that caused it.
    pub return_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who.
    pub actor: ActorBody,
    /// When it happened.
    pub effective_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Changes of the counters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockChange)]
pub struct CountersBody {
    /// In the building.
    pub on_hand: i64,
    /// Taken by orders.
    pub reserved: i64,
    /// Taken by carts.
    pub held: i64,
}

/// The counters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockBalance)]
pub struct BalanceBody {
    /// In the building.
    pub on_hand: i64,
    /// Taken by orders.
    pub reserved: i64,
    /// Taken by carts.
    pub held: i64,
    /// What could be sold.
    pub available: i64,
}

impl From<MovementRow> for MovementBody {
    fn from(row: MovementRow) -> Self {
        Self {
            position: row.position,
            product_id: row.product.to_string(),
            warehouse_id: row.warehouse.to_string(),
            event_type: row.event_type,
            change: CountersBody {
                on_hand: row.delta_on_hand,
                reserved: row.delta_reserved,
                held: row.delta_held,
            },
            balance: BalanceBody {
                on_hand: row.on_hand,
                reserved: row.reserved,
                held: row.held,
                available: row.available,
            },
            order_id: row.order.map(|id| id.to_string()),
            hold_id: row.hold.map(|id| id.to_string()),
            return_id: row.return_id.map(|id| id.to_string()),
            reason: row.reason,
            actor: ActorBody::new(row.actor_kind, row.actor_id),
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
        }
    }
}
