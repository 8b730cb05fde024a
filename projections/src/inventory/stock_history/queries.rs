//! Reading movements and balances.

use chrono::{DateTime, Utc};
use domain::ids::{ProductId, WarehouseId};
use event_store::AsOf;
use sqlx::{PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{BalanceRow, MovementFilter, MovementRow};
use crate::{
    columns::Columns,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, bounded},
};

const COLUMNS: &str = "m.position, m.product, m.warehouse, m.event_type, m.delta_on_hand, m.delta_reserved, \
     m.delta_held, m.on_hand, m.reserved, m.held, m.order_id, m.hold_id, m.return_id, m.reason, m.actor_kind, \
     m.actor_id, m.effective_at, m.recorded_at";

/// Movements that pass `filter`, in the order of the log, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn history(
    pool: &PgPool,
    filter: &MovementFilter<'_>,
    page: &PageRequest,
) -> Result<Page<MovementRow>, ReadError> {
    let order = Order {
        name: "movements",
        column: "m.position",
        id: "m.warehouse",
        descending: filter.newest_first,
        holds: Holds::Number,
    };
    let mut query = QueryBuilder::new(format!("select {COLUMNS} from "));
    // One warehouse after the other is a range of the index each; only the product's few warehouses are merged.
    if let Some(product) = filter.product {
        query.push(
            "stock_history_v2.stocked s cross join lateral (select * from stock_history_v2.movements m ",
        );
        query.push("where m.product = s.product and m.warehouse = s.warehouse");
        push_filter(&mut query, filter);
        order.push_after(&mut query, page.after.as_deref())?;
        order.push_order(&mut query, page.fetch());
        query.push(") m where s.product = ").push_bind(product.as_uuid());
    } else {
        query.push("stock_history_v2.movements m where true");
        push_filter(&mut query, filter);
        order.push_after(&mut query, page.after.as_deref())?;
    }
    order.push_order(&mut query, page.fetch());
    let rows: Vec<MovementRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        Some(count(pool, filter).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| order.cursor(Key::Number(row.position), row.warehouse.as_uuid())))
}

async fn count(pool: &PgPool, filter: &MovementFilter<'_>) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*) from stock_history_v2.movements m where true");
    if let Some(product) = filter.product {
        query.push(" and m.product = ").push_bind(product.as_uuid());
    }
    push_filter(&mut query, filter);
    query.build_query_scalar().fetch_one(pool).await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &MovementFilter<'_>) {
    if !filter.warehouses.is_empty() {
        let ids: Vec<Uuid> = filter.warehouses.iter().map(WarehouseId::as_uuid).collect();
        query.push(" and m.warehouse = any(").push_bind(ids).push(")");
    }
    if let Some(order) = filter.order {
        query.push(" and m.order_id = ").push_bind(order.as_uuid());
    }
    // Position and time grow together in the log, so a bound in time is one in position, which the index has.
    if let Some(from) = filter.from {
        query.push(" and m.position > (select souk_position_before(").push_bind(bounded(from)).push("))");
    }
    if let Some(to) = filter.to {
        query.push(" and m.position <= (select souk_position_at(").push_bind(bounded(to)).push("))");
    }
    if let Some(time) = filter.happened_by {
        query.push(" and m.effective_at <= ").push_bind(bounded(time));
    }
    match filter.as_of {
        AsOf::Now => {}
        AsOf::Position(position) => {
            query.push(" and m.position <= ").push_bind(position);
        }
        AsOf::Time(time) => {
            query.push(" and m.position <= (select souk_position_at(").push_bind(bounded(time)).push("))");
        }
    }
}

/// What every warehouse had of a product as of a moment, by warehouse; warehouses that it had never been in until
/// then are left out.
///
/// # Errors
/// When the database fails.
pub async fn stock_as_of(
    pool: &PgPool,
    product: ProductId,
    as_of: AsOf,
) -> Result<Vec<BalanceRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "select m.* from stock_history_v2.stocked s cross join lateral (\
             select warehouse, on_hand, reserved, held, position, recorded_at \
             from stock_history_v2.movements m where m.product = s.product and m.warehouse = s.warehouse",
    );
    push_filter(&mut query, &MovementFilter { as_of, ..MovementFilter::default() });
    query.push(" order by m.position desc limit 1) m where s.product = ").push_bind(product.as_uuid());
    query.push(" order by m.warehouse");
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(balance).collect()
}

/// What every warehouse had of a product at a time, by all that is known now to have happened by then; warehouses that
/// it had never been in until then are left out. Position and time are those of the newest movement that counts.
///
/// # Errors
/// When the database fails.
pub async fn stock_by_effect(
    pool: &PgPool,
    product: ProductId,
    time: DateTime<Utc>,
) -> Result<Vec<BalanceRow>, sqlx::Error> {
    // Nothing happens after it is recorded: what was recorded by then counts as a whole, and has its balance; of what
    // came later, each movement is looked at.
    let rows = sqlx::query(
        "select s.warehouse, coalesce(b.on_hand, 0) + l.on_hand as on_hand, \
                coalesce(b.reserved, 0) + l.reserved as reserved, coalesce(b.held, 0) + l.held as held, \
                coalesce(l.position, b.position) as position, coalesce(l.recorded_at, b.recorded_at) as recorded_at \
           from (select souk_position_at($2) as up_to) t cross join stock_history_v2.stocked s \
           left join lateral (select on_hand, reserved, held, position, recorded_at \
                                from stock_history_v2.movements m \
                               where m.product = s.product and m.warehouse = s.warehouse and m.position <= t.up_to \
                               order by m.position desc limit 1) b on true \
          cross join lateral (select coalesce(sum(delta_on_hand), 0)::bigint as on_hand, \
                                     coalesce(sum(delta_reserved), 0)::bigint as reserved, \
                                     coalesce(sum(delta_held), 0)::bigint as held, \
                                     max(position) as position, max(recorded_at) as recorded_at \
                                from stock_history_v2.movements m \
                               where m.product = s.product and m.warehouse = s.warehouse \
                                 and m.position > t.up_to and m.effective_at <= $2) l \
          where s.product = $1 and coalesce(l.position, b.position) is not null order by s.warehouse",
    )
    .bind(product.as_uuid())
    .bind(bounded(time))
    .fetch_all(pool)
    .await?;
    rows.iter().map(balance).collect()
}

fn balance(row: &PgRow) -> Result<BalanceRow, sqlx::Error> {
    let (on_hand, reserved, held): (i64, i64, i64) =
        (row.try_get("on_hand")?, row.try_get("reserved")?, row.try_get("held")?);
    Ok(BalanceRow {
        warehouse: row.id("warehouse", WarehouseId::from_uuid)?,
        on_hand,
        reserved,
        held,
        available: on_hand.saturating_sub(reserved).saturating_sub(held),
        position: row.try_get("position")?,
        recorded_at: row.try_get("recorded_at")?,
    })
}
