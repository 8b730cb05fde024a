//! Reading companies.

use domain::ids::CompanyId;
use sqlx::{PgPool, QueryBuilder};

use super::{CommissionRateRow, CompanyFilter, CompanyRow};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

const COLUMNS: &str = "c.id, c.name::text as name, c.description::text as description, c.zones, c.active, \
     c.commission_basis_points, c.delivery_fees::text as delivery_fees, c.version, c.registered_at, c.updated_at";

/// One company.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: CompanyId) -> Result<Option<CompanyRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from company_list_v1.companies c where c.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// Those of these companies that there are.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(pool: &PgPool, ids: &[CompanyId]) -> Result<Vec<CompanyRow>, sqlx::Error> {
    sqlx::query_as(&format!(
        "select {COLUMNS} from company_list_v1.companies c where c.id = any($1) order by c.id"
    ))
    .bind(ids.iter().map(|id| id.as_uuid()).collect::<Vec<_>>())
    .fetch_all(pool)
    .await
}

/// Every commission that a company ever had, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn commission_rates(pool: &PgPool, id: CompanyId) -> Result<Vec<CommissionRateRow>, sqlx::Error> {
    sqlx::query_as(
        "select basis_points, position, since from company_list_v1.commission_rates where company = $1 \
         order by position",
    )
    .bind(id.as_uuid())
    .fetch_all(pool)
    .await
}

/// Companies that pass `filter`, oldest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &CompanyFilter,
    page: &PageRequest,
) -> Result<Page<CompanyRow>, ReadError> {
    let order = Order {
        name: "companies.registered_at",
        column: "c.registered_at",
        id: "c.id",
        descending: false,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &CompanyRow| (Key::time(row.registered_at), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, sqlx::Postgres>, filter: &CompanyFilter) {
    query.push("from company_list_v1.companies c where true");
    if let Some(active) = filter.active {
        query.push(" and c.active = ").push_bind(active);
    }
    if let Some(zone) = &filter.zone {
        query
            .push(" and (c.zones = '{}' or c.zones @> array[")
            .push_bind(zone.as_str().to_owned())
            .push("])");
    }
}
