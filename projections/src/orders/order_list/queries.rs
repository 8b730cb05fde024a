//! Reading orders.

use domain::{
    ids::OrderId,
    orders::OrderStatus,
    text::{ExternalId, Zone},
};
use sqlx::{PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{OrderDetail, OrderFilter, OrderLineRow, OrderRow, OrderSort};
use crate::{
    Sum,
    checkpoint::with_checkpoint,
    columns::{Columns, Word},
    page::{Holds, Key, Order, Page, PageRequest, ReadError, Sort, bounded},
};

const COLUMNS: &str = "o.id, o.customer, o.external_id, o.country, o.zone, o.fulfilment, o.payment_method, \
     o.payment_status, o.delivery_status, o.status, o.currency, o.subtotal, o.discount, o.delivery, o.tax, \
     o.rounding, o.total, o.credited, o.line_count, o.units, o.invoice_number, o.part_companies, o.part_warehouses, o.part_statuses, \
     o.cancel_reason, o.version, o.placed_at, o.recorded_at, o.updated_at, \
     o.status <> 'cancelled' and exists (select from fraud_flags_v1.flags f where f.order_id = o.id and f.status = 'open') \
     as is_held";

/// One order, without its lines.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: OrderId) -> Result<Option<OrderRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from order_list_v2.orders o where o.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// Several orders without their lines, in no order; those that are not there are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(pool: &PgPool, ids: &[OrderId]) -> Result<Vec<OrderRow>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(OrderId::as_uuid).collect();
    sqlx::query_as(&format!("select {COLUMNS} from order_list_v2.orders o where o.id = any($1)"))
        .bind(ids)
        .fetch_all(pool)
        .await
}

/// One order without its lines, and the position that the read model had reached in the same snapshot.
///
/// # Errors
/// When the database fails.
pub async fn get_with_checkpoint(pool: &PgPool, id: OrderId) -> Result<(Option<OrderRow>, i64), sqlx::Error> {
    let select = format!("select {COLUMNS} from order_list_v2.orders o where o.id = $1");
    with_checkpoint(pool, "order_list_v2", &select, id.as_uuid()).await
}

/// One order with its lines and parts.
///
/// # Errors
/// When the database fails.
pub async fn detail(pool: &PgPool, id: OrderId) -> Result<Option<OrderDetail>, sqlx::Error> {
    match get(pool, id).await? {
        Some(order) => Ok(Some(OrderDetail { order, lines: lines_of(pool, id).await? })),
        None => Ok(None),
    }
}

/// The lines of one order, by number; empty where there is no such order.
///
/// # Errors
/// When the database fails.
pub async fn lines_of(pool: &PgPool, id: OrderId) -> Result<Vec<OrderLineRow>, sqlx::Error> {
    sqlx::query_as(
        "select l.number, l.product, l.sku, l.quantity, l.unit_price_micros, l.total, l.discount, l.tax, \
                l.tax_basis_points, l.tax_treatment, l.tax_rate, l.company, l.warehouses, l.quantities, o.currency, coalesce(r.quantity, 0)::bigint as returned \
         from order_list_v2.orders o \
         join order_list_v2.order_lines l on l.order_id = o.id \
         left join (select line, sum(quantity) as quantity from order_list_v2.returned_lines \
                    where order_id = $1 group by line) r on r.line = l.number \
         where o.id = $1 order by l.number",
    )
    .bind(id.as_uuid())
    .fetch_all(pool)
    .await
}

/// The order with a number of another system, without its lines.
///
/// # Errors
/// When the database fails.
pub async fn by_external_id(pool: &PgPool, id: &ExternalId) -> Result<Option<OrderRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from order_list_v2.orders o where o.external_id = $1"))
        .bind(id.as_str())
        .fetch_optional(pool)
        .await
}

/// Orders that pass `filter`, in order, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &OrderFilter,
    sort: Sort<OrderSort>,
    page: &PageRequest,
) -> Result<Page<OrderRow>, ReadError> {
    let place = |row: &OrderRow| (key(sort.key, row), row.id.as_uuid());
    order(sort).page(pool, COLUMNS, |query| push_filter(query, filter), page, place).await
}

/// How many orders are in one status, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderStats {
    /// In which status.
    pub status: OrderStatus,
    /// How many.
    pub orders: i64,
    /// Base units over all their lines.
    pub units: i64,
    /// The sum of their totals.
    pub total: Sum,
    /// The sum of what was credited back.
    pub credited: Sum,
}

/// Counts and sums of the orders that pass `filter`, by status and currency.
///
/// # Errors
/// When the database fails.
pub async fn stats(pool: &PgPool, filter: &OrderFilter) -> Result<Vec<OrderStats>, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "select o.status, o.currency, count(*) as orders, sum(o.units)::bigint as units, \
                sum(o.total)::text as total, sum(o.credited)::text as credited ",
    );
    push_filter(&mut query, filter);
    query.push(" group by o.status, o.currency");
    let rows = query.build().fetch_all(pool).await?;
    let mut stats = rows.iter().map(read_stats).collect::<Result<Vec<_>, _>>()?;
    stats.sort_by_key(|stats| (stats.status, stats.total.currency));
    Ok(stats)
}

fn read_stats(row: &PgRow) -> Result<OrderStats, sqlx::Error> {
    let currency = row.currency("currency")?;
    Ok(OrderStats {
        status: row.word("status")?,
        orders: row.try_get("orders")?,
        units: row.try_get("units")?,
        total: Sum { minor: row.wide("total")?, currency },
        credited: Sum { minor: row.wide("credited")?, currency },
    })
}

pub(super) fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &OrderFilter) {
    query.push("from order_list_v2.orders o where true");
    if let Some(status) = filter.status {
        query.push(" and o.status = ").push_bind(status.word());
    }
    if let Some(customer) = filter.customer {
        query.push(" and o.customer = ").push_bind(customer.as_uuid());
    }
    if !filter.zones.is_empty() {
        let zones: Vec<String> = filter.zones.iter().map(Zone::to_string).collect();
        query.push(" and o.zone = any(").push_bind(zones).push(")");
    }
    if let Some(country) = &filter.country {
        query.push(" and o.country = ").push_bind(country.as_str().to_owned());
    }
    if let Some(company) = filter.company {
        query.push(" and ").push_bind(company.as_uuid()).push(" = any(o.part_companies)");
    }
    if let Some(warehouse) = filter.warehouse {
        query.push(" and ").push_bind(warehouse.as_uuid()).push(" = any(o.part_warehouses)");
    }
    if let Some(from) = filter.from {
        query.push(" and o.placed_at >= ").push_bind(bounded(from));
    }
    if let Some(to) = filter.to {
        query.push(" and o.placed_at <= ").push_bind(bounded(to));
    }
    if let Some(currency) = filter.currency {
        query.push(" and o.currency = ").push_bind(currency.code());
    }
    if let Some(least) = filter.total_gte {
        query.push(" and o.total >= ").push_bind(least);
    }
    if let Some(most) = filter.total_lte {
        query.push(" and o.total <= ").push_bind(most);
    }
    if let Some(id) = &filter.external_id {
        query.push(" and o.external_id = ").push_bind(id.as_str().to_owned());
    }
}

fn order(sort: Sort<OrderSort>) -> Order {
    let (name, column, holds) = match sort.key {
        OrderSort::PlacedAt => ("orders.placed_at", "o.placed_at", Holds::Time),
        OrderSort::Total => ("orders.total", "o.total", Holds::Number),
    };
    Order { name, column, id: "o.id", descending: sort.descending, holds }
}

fn key(sort: OrderSort, row: &OrderRow) -> Key {
    match sort {
        OrderSort::PlacedAt => Key::time(row.placed_at),
        OrderSort::Total => Key::Number(row.total.minor()),
    }
}
