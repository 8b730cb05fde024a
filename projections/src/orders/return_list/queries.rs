//! Reading returns.

use domain::{ids::ReturnId, text::ExternalId};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{ReturnDetail, ReturnFilter, ReturnLineRow, ReturnRow};
use crate::{
    checkpoint::with_checkpoint,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, bounded},
};

const COLUMNS: &str = "r.id, r.order_id, r.customer, r.external_id, r.country, r.status, r.currency, r.total, \
     r.reason, r.rejection_reason, r.warehouse, r.credit_number, r.line_count, r.version, r.requested_at, \
     r.recorded_at, r.updated_at";

/// One return, without its lines.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: ReturnId) -> Result<Option<ReturnRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from return_list_v1.returns r where r.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// One return without its lines, and the position that the read model had reached in the same snapshot.
///
/// # Errors
/// When the database fails.
pub async fn get_with_checkpoint(
    pool: &PgPool,
    id: ReturnId,
) -> Result<(Option<ReturnRow>, i64), sqlx::Error> {
    let select = format!("select {COLUMNS} from return_list_v1.returns r where r.id = $1");
    with_checkpoint(pool, "return_list_v1", &select, id.as_uuid()).await
}

/// One return with its lines.
///
/// # Errors
/// When the database fails.
pub async fn detail(pool: &PgPool, id: ReturnId) -> Result<Option<ReturnDetail>, sqlx::Error> {
    match get(pool, id).await? {
        Some(return_row) => Ok(Some(ReturnDetail { return_row, lines: lines_of(pool, id).await? })),
        None => Ok(None),
    }
}

/// The lines of one return, by number; empty where there is no such return.
///
/// # Errors
/// When the database fails.
pub async fn lines_of(pool: &PgPool, id: ReturnId) -> Result<Vec<ReturnLineRow>, sqlx::Error> {
    sqlx::query_as(
        "select l.number, l.product, l.sku, l.quantity, l.unit_price_micros, l.total, l.sold_in_order, \
                l.sold_in_line, r.currency \
         from return_list_v1.returns r join return_list_v1.return_lines l on l.return_id = r.id \
         where r.id = $1 order by l.number",
    )
    .bind(id.as_uuid())
    .fetch_all(pool)
    .await
}

/// The return with a number of another system, without its lines.
///
/// # Errors
/// When the database fails.
pub async fn by_external_id(pool: &PgPool, id: &ExternalId) -> Result<Option<ReturnRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from return_list_v1.returns r where r.external_id = $1"))
        .bind(id.as_str())
        .fetch_optional(pool)
        .await
}

/// Returns that pass `filter`, newest request first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &ReturnFilter,
    page: &PageRequest,
) -> Result<Page<ReturnRow>, ReadError> {
    let order = Order {
        name: "returns.requested_at",
        column: "r.requested_at",
        id: "r.id",
        descending: true,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &ReturnRow| (Key::time(row.requested_at), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &ReturnFilter) {
    query.push("from return_list_v1.returns r where true");
    if let Some(status) = filter.status {
        query.push(" and r.status = ").push_bind(status.as_str());
    }
    if let Some(order) = filter.order {
        query.push(" and r.order_id = ").push_bind(order.as_uuid());
    }
    if let Some(customer) = filter.customer {
        query.push(" and r.customer = ").push_bind(customer.as_uuid());
    }
    if let Some(from) = filter.from {
        query.push(" and r.requested_at >= ").push_bind(bounded(from));
    }
    if let Some(to) = filter.to {
        query.push(" and r.requested_at <= ").push_bind(bounded(to));
    }
    if let Some(id) = &filter.external_id {
        query.push(" and r.external_id = ").push_bind(id.as_str().to_owned());
    }
}
