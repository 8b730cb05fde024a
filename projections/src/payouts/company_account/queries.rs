//! Reading companies' accounts and payouts.

use domain::{
    ids::{CompanyId, PayoutId},
    money::Currency,
    payouts::Item,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{AccountRow, ItemRow, PayoutFilter, PayoutRow};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

pub(super) const PAYOUT_COLUMNS: &str = "p.id, p.company, p.status, p.currency, p.item_count, p.sales, \
     p.commission, p.refunds, p.refunded_commission, p.delivery_fees, p.total, p.reference, p.failure_reason, \
     p.version, p.created_at, p.paid_at, p.updated_at";

const ITEM_COLUMNS: &str = "i.kind, i.source, i.number, i.company, i.order_id, i.currency, i.sales, i.commission, \
     i.refunds, i.refunded_commission, i.delivery_fees, i.position, i.effective_at, i.recorded_at, i.payout";

/// The accounts of one company, or of all, by company and currency.
///
/// # Errors
/// When the database fails.
pub async fn accounts(pool: &PgPool, company: Option<CompanyId>) -> Result<Vec<AccountRow>, sqlx::Error> {
    sqlx::query_as(
        "select company, currency, lines, sales::text, commission::text, refunds::text, \
                refunded_commission::text, delivery_fees::text, in_payout::text, paid::text \
         from company_account_v1.accounts where $1::uuid is null or company = $1 order by company, currency",
    )
    .bind(company.map(|id| id.as_uuid()))
    .fetch_all(pool)
    .await
}

/// The oldest `limit` items of a company that no payout has.
///
/// # Errors
/// When the database fails.
pub async fn due(
    pool: &PgPool,
    company: CompanyId,
    currency: Currency,
    limit: usize,
) -> Result<Vec<Item>, sqlx::Error> {
    let rows: Vec<ItemRow> = sqlx::query_as(&format!(
        "select {ITEM_COLUMNS} from company_account_v1.items i \
         where i.company = $1 and i.currency = $2 and i.payout is null \
         order by i.position, i.source, i.number, i.kind limit $3"
    ))
    .bind(company.as_uuid())
    .bind(currency.code())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| row.item).collect())
}

/// One payout, without its items.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: PayoutId) -> Result<Option<PayoutRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {PAYOUT_COLUMNS} from company_account_v1.payouts p where p.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// What a payout was created with, oldest first; a failed one's items too, whoever has them now.
///
/// # Errors
/// When the database fails.
pub async fn items_of(pool: &PgPool, id: PayoutId) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(&format!(
        "select {ITEM_COLUMNS} from company_account_v1.payout_items t join company_account_v1.items i \
         on i.source = t.source and i.number = t.number and i.kind = t.kind \
         where t.payout = $1 order by i.position, i.source, i.number, i.kind"
    ))
    .bind(id.as_uuid())
    .fetch_all(pool)
    .await
}

/// Payouts that pass `filter`, newest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &PayoutFilter,
    page: &PageRequest,
) -> Result<Page<PayoutRow>, ReadError> {
    let order = Order {
        name: "payouts.created_at",
        column: "p.created_at",
        id: "p.id",
        descending: true,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            PAYOUT_COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &PayoutRow| (Key::time(row.created_at), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &PayoutFilter) {
    query.push("from company_account_v1.payouts p where true");
    if let Some(company) = filter.company {
        query.push(" and p.company = ").push_bind(company.as_uuid());
    }
    if let Some(status) = filter.status {
        query.push(" and p.status = ").push_bind(status.as_str());
    }
}
