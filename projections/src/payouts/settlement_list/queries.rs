//! Reading settlements.

use domain::ids::SettlementId;
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{SettlementFilter, SettlementRow};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

pub(super) const COLUMNS: &str = "s.id, s.company, s.status, s.currency, s.from_position, s.to_position, \
     s.opening, s.sales, s.commission, s.refunds, s.refunded_commission, s.delivery_fees, s.payouts, s.closing, \
     s.dispute_reason, s.closing_reason, s.version, s.created_at, s.updated_at";

/// One settlement.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: SettlementId) -> Result<Option<SettlementRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from settlement_list_v1.settlements s where s.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// Settlements that pass `filter`, newest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &SettlementFilter,
    page: &PageRequest,
) -> Result<Page<SettlementRow>, ReadError> {
    let order = Order {
        name: "settlements.created_at",
        column: "s.created_at",
        id: "s.id",
        descending: true,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &SettlementRow| (Key::time(row.created_at), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &SettlementFilter) {
    query.push("from settlement_list_v1.settlements s where true");
    if let Some(company) = filter.company {
        query.push(" and s.company = ").push_bind(company.as_uuid());
    }
    if let Some(status) = filter.status {
        query.push(" and s.status = ").push_bind(status.as_str());
    }
}
