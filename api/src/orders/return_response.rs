//! Returns as answers show them.

use chrono::{DateTime, Utc};
use commands::orders::ReturnAccepted;
use domain::orders::ReturnStatus;
use projections::orders::return_list::ReturnRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::MoneyBody;

/// One return.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Return)]
pub struct ReturnBody {
    /// `ret_…`
    id: String,
    /// `ord_…`
    order_id: Option<String>,
    /// `requested`, `approved`, `received`, `refunded` or `rejected`.
    status: &'static str,
    /// What is paid back.
    total: MoneyBody,
    /// Why it was asked for.
    reason: String,
    /// Why it was refused.
    rejection_reason: Option<String>,
    /// Where the units went (`wrh_…`).
    warehouse_id: Option<String>,
    /// Number of the credit.
    credit_number: Option<i64>,
    /// Its version: `If-Match` takes it.
    version: i64,
    /// When it was asked for.
    requested_at: DateTime<Utc>,
    /// When its last change was recorded.
    updated_at: DateTime<Utc>,
}

impl From<ReturnRow> for ReturnBody {
    fn from(row: ReturnRow) -> Self {
        Self {
            id: row.id.to_string(),
            order_id: row.order.map(|id| id.to_string()),
            status: return_status(row.status),
            total: row.total.into(),
            reason: row.reason,
            rejection_reason: row.rejection_reason,
            warehouse_id: row.warehouse.map(|id| id.to_string()),
            credit_number: row.credit_number,
            version: row.version,
            requested_at: row.requested_at,
            updated_at: row.updated_at,
        }
    }
}

/// A request speaks of refunding, an accountant of a credit: it is one thing.
const fn return_status(status: ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Requested => "requested",
        ReturnStatus::Approved => "approved",
        ReturnStatus::Received => "received",
        ReturnStatus::Credited => "refunded",
        ReturnStatus::Rejected => "rejected",
    }
}

/// What became of a return.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReturnAccepted, example = json!({
    "id": "ret_0190c7a2000070008000000000000001",
    "order_id": "ord_0190c7a2000070008000000000000001",
    "status": "requested",
    "version": 1,
    "total": {"amount": "12500", "currency": "IQD", "exponent": 0},
    "credit_number": null,
}))]
pub struct ReturnAcceptedBody {
    /// `ret_…`
    pub id: String,
    /// `ord_…`
    pub order_id: Option<String>,
    /// `requested`, `approved`, `received`, `refunded` or `rejected`.
    pub status: &'static str,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// What is paid back.
    pub total: MoneyBody,
    /// Its credit's number, once it is refunded.
    pub credit_number: Option<u64>,
}

impl From<&ReturnAccepted> for ReturnAcceptedBody {
    fn from(accepted: &ReturnAccepted) -> Self {
        Self {
            id: accepted.return_id.to_string(),
            order_id: accepted.order.map(|id| id.to_string()),
            status: return_status(accepted.status),
            version: accepted.version,
            total: accepted.total.into(),
            credit_number: accepted.credit_number,
        }
    }
}
