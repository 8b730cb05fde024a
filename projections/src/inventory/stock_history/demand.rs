//! How much of a product is wanted a day, and what that says of how much to order. `docs/inventory.md` explains the method.

use chrono::{DateTime, Utc};
use domain::ids::{ProductId, WarehouseId};
use sqlx::{FromRow, PgPool, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    columns::Columns,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, bounded},
};

/// What is wanted of a product, and how much of it to order; in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandRow {
    /// Which product.
    pub product: ProductId,
    /// What could be sold when the window ended.
    pub available: i64,
    /// Expected demand of a day, to two decimals.
    pub daily_demand: String,
    /// For how many days that is enough; `None` where nothing is wanted.
    pub days_of_cover: Option<i64>,
    /// What is kept against demand that is greater than expected.
    pub safety_stock: i64,
    /// At or below how many available units it is time to order.
    pub reorder_point: i64,
    /// How many to order now; 0 where it is not time.
    pub suggested: i64,
}

impl FromRow<'_, PgRow> for DemandRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            available: row.try_get("available")?,
            daily_demand: row.try_get("daily_demand")?,
            days_of_cover: row.try_get("days_of_cover")?,
            safety_stock: row.try_get("safety_stock")?,
            reorder_point: row.try_get("reorder_point")?,
            suggested: row.try_get("suggested")?,
        })
    }
}

/// Over which days, where, and how long an order takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandFilter<'a> {
    /// The first moment of the window of demand.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// In these warehouses; in all when it is empty.
    pub warehouses: &'a [WarehouseId],
    /// Days from ordering until the goods are there.
    pub lead_time_days: u16,
    /// Days from one look at this list to the next.
    pub review_days: u16,
    /// Also products that need no order.
    pub all: bool,
}

/// Products of which something was wanted in the window, by id, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn demand(
    pool: &PgPool,
    filter: &DemandFilter<'_>,
    page: &PageRequest,
) -> Result<Page<DemandRow>, ReadError> {
    let order = Order {
        name: "demand",
        column: "g.product::text",
        id: "g.product",
        descending: false,
        holds: Holds::Text,
    };
    let push_filter = |query: &mut QueryBuilder<'_, sqlx::Postgres>| {
        query.push("from (");
        push_suggestions(query, filter);
        query.push(") g where true");
        if !filter.all {
            query.push(" and g.suggested > 0");
        }
    };
    let columns = "g.product, g.available, round(g.mean, 2)::text as daily_demand, \
         floor(greatest(g.available, 0) / nullif(g.mean, 0))::bigint as days_of_cover, \
         g.safety_stock, g.reorder_point, g.suggested";
    let place = |row: &DemandRow| {
        let id = row.product.as_uuid();
        (Key::Text(id.to_string()), id)
    };
    order.page(pool, columns, push_filter, page, place).await
}

/// A day counts with at most three times the middle one of the days on which something was wanted: who once buys a year's
/// supply does not come again tomorrow. 1.28 deviations cover nine of ten lead times, if days are alike.
fn push_suggestions(query: &mut QueryBuilder<'_, sqlx::Postgres>, filter: &DemandFilter<'_>) {
    query.push("with p as (select ").push_bind(bounded(filter.from)).push("::timestamptz as first, ");
    query.push_bind(bounded(filter.to)).push("::timestamptz as after, ");
    query.push_bind(i32::from(filter.lead_time_days)).push("::numeric as lead, ");
    query.push_bind(i32::from(filter.review_days)).push("::numeric as review), seen as (");
    query.push(
        "select m.product, min(m.effective_at) as first from stock_history_v2.movements m, p \
         where m.effective_at < p.after",
    );
    push_warehouses(query, "m", filter.warehouses);
    query.push(
        " group by m.product), daily as (\
         select m.product, (m.effective_at at time zone 'UTC')::date as day, sum(m.delta_reserved) as units \
         from stock_history_v2.movements m, p \
         where m.effective_at >= p.first and m.effective_at < p.after \
           and m.event_type in ('StockReserved', 'StockReleased')",
    );
    push_warehouses(query, "m", filter.warehouses);
    query.push(
        " group by 1, 2 having sum(m.delta_reserved) > 0), middle as (\
         select product, percentile_disc(0.5) within group (order by units desc) as units \
         from daily group by product), figures as (\
         select d.product, sum(least(d.units, 3 * c.units)) as units, \
                sum(least(d.units, 3 * c.units) ^ 2) as squares, \
                max(greatest(1, extract(epoch from p.after - greatest(p.first, date_trunc('day', s.first, 'UTC'))) \
                    / 86400)) as days, max(p.lead) as lead, max(p.review) as review \
         from daily d join middle c on c.product = d.product join seen s on s.product = d.product, p \
         group by d.product), spread as (\
         select product, lead, review, units / days as mean, \
                ceil(1.28 * sqrt(greatest(squares / days - (units / days) ^ 2, 0) * (lead + review)))::bigint \
                as safety_stock from figures), level as (\
         select s.product, sum(b.on_hand - b.reserved - b.held)::bigint as available \
         from stock_history_v2.stocked s, p, lateral (\
             select m.on_hand, m.reserved, m.held from stock_history_v2.movements m \
             where m.product = s.product and m.warehouse = s.warehouse order by m.position desc limit 1) b \
         where true",
    );
    push_warehouses(query, "s", filter.warehouses);
    query.push(
        " group by s.product), point as (\
         select f.*, l.available, ceil(f.mean * f.lead)::bigint + f.safety_stock as reorder_point \
         from spread f join level l on l.product = f.product) \
         select product, available, mean, safety_stock, reorder_point, \
                case when available <= reorder_point \
                     then greatest(reorder_point + ceil(mean * review)::bigint - available, 0) else 0 end as suggested \
         from point",
    );
}

pub(super) fn push_warehouses(
    query: &mut QueryBuilder<'_, sqlx::Postgres>,
    table: &'static str,
    warehouses: &[WarehouseId],
) {
    if !warehouses.is_empty() {
        let ids: Vec<Uuid> = warehouses.iter().map(WarehouseId::as_uuid).collect();
        query.push(format_args!(" and {table}.warehouse = any(")).push_bind(ids).push(")");
    }
}
