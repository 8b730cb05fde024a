//! How fast stock turns over, and what is lost, product by product.

use chrono::{DateTime, Utc};
use domain::ids::{ProductId, WarehouseId};
use sqlx::{FromRow, PgPool, QueryBuilder, Row, postgres::PgRow};

use super::demand::push_warehouses;
use crate::{
    columns::Columns,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, bounded},
};

/// What happened to a product's units in the building over a period, by when it happened; in base units:
/// `closing = opening + received + returned + found + transferred - sold - wasted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnoverRow {
    /// Which product.
    pub product: ProductId,
    /// In the building when the period began.
    pub opening: i64,
    /// Delivered by suppliers.
    pub received: i64,
    /// Given back by customers.
    pub returned: i64,
    /// More, by corrections.
    pub found: i64,
    /// Brought from other warehouses less taken to others; nothing where all are looked at.
    pub transferred: i64,
    /// Shipped to customers.
    pub sold: i64,
    /// Written off, and fewer by corrections: broken, expired, lost.
    pub wasted: i64,
    /// In the building when the period ended.
    pub closing: i64,
}

impl FromRow<'_, PgRow> for TurnoverRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            opening: row.try_get("opening")?,
            received: row.try_get("received")?,
            returned: row.try_get("returned")?,
            found: row.try_get("found")?,
            transferred: row.try_get("transferred")?,
            sold: row.try_get("sold")?,
            wasted: row.try_get("wasted")?,
            closing: row.try_get("closing")?,
        })
    }
}

/// The period, from `from` (inclusive) to `to` (exclusive), and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnoverFilter<'a> {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// In these warehouses; in all when it is empty.
    pub warehouses: &'a [WarehouseId],
}

/// Every product that was ever in stock, by id, page by page. Only the movements of the page's products are read.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn turnover(
    pool: &PgPool,
    filter: &TurnoverFilter<'_>,
    page: &PageRequest,
) -> Result<Page<TurnoverRow>, ReadError> {
    let order = Order {
        name: "turnover",
        column: "s.product::text",
        id: "s.product",
        descending: false,
        holds: Holds::Text,
    };
    let mut query = QueryBuilder::new("with period as (select ");
    query.push_bind(bounded(filter.from)).push("::timestamptz as first, ");
    query.push_bind(bounded(filter.to)).push("::timestamptz as after), ");
    query.push("s as (select distinct on (s.product) s.product from stock_history_v2.stocked s where true");
    push_warehouses(&mut query, "s", filter.warehouses);
    query.push("), wanted as (select s.product from s where true");
    order.push_after(&mut query, page.after.as_deref())?;
    order.push_order(&mut query, page.fetch());
    query.push(
        ") select s.product, \
         coalesce(sum(m.delta_on_hand) filter (where m.effective_at < p.first), 0)::bigint as opening, \
         coalesce(sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and m.event_type = 'StockReceived'), 0)::bigint as received, \
         coalesce(sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and m.event_type = 'StockReturned'), 0)::bigint as returned, \
         coalesce(sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and m.event_type = 'StockAdjusted' and m.delta_on_hand > 0), 0)::bigint as found, \
         coalesce(sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and m.event_type = 'StockTransferred'), 0)::bigint as transferred, \
         coalesce(-sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and m.event_type = 'StockDeducted'), 0)::bigint as sold, \
         coalesce(-sum(m.delta_on_hand) filter (where m.effective_at >= p.first \
            and (m.event_type = 'StockWasted' or m.event_type = 'StockAdjusted' and m.delta_on_hand < 0)), \
            0)::bigint as wasted, \
         coalesce(sum(m.delta_on_hand), 0)::bigint as closing \
         from wanted s cross join period p left join stock_history_v2.movements m \
         on m.product = s.product and m.effective_at < p.after",
    );
    push_warehouses(&mut query, "m", filter.warehouses);
    query.push(" group by s.product order by s.product::text");
    let rows: Vec<TurnoverRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        let mut query =
            QueryBuilder::new("select count(distinct s.product) from stock_history_v2.stocked s where true");
        push_warehouses(&mut query, "s", filter.warehouses);
        Some(query.build_query_scalar().fetch_one(pool).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| {
        let id = row.product.as_uuid();
        order.cursor(Key::Text(id.to_string()), id)
    }))
}
