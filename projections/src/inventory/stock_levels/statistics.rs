//! Counts and values over all stock.

use chrono::NaiveDate;
use domain::ids::WarehouseId;
use sqlx::{PgPool, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{columns::Columns, sum::Sum};

/// Counts, in base units where they are units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockStatistics {
    /// Products with something on hand.
    pub products: i64,
    /// Warehouses with something on hand.
    pub warehouses: i64,
    /// In the buildings.
    pub on_hand: i64,
    /// Taken by orders that have not shipped.
    pub reserved: i64,
    /// Taken by carts for some minutes.
    pub held: i64,
    /// on hand - reserved - held.
    pub available: i64,
    /// Places (product and warehouse) that are low; discontinued products are left out, here and below.
    pub low: i64,
    /// Places of which nothing is available.
    pub out: i64,
    /// On hand, of lots whose last day is over.
    pub expired: i64,
    /// What is on hand at the present base prices, by currency.
    pub values: Vec<Sum>,
}

/// Figures over `warehouses` (all of them when it is empty) on `today`.
///
/// # Errors
/// When the database fails.
pub async fn statistics(
    pool: &PgPool,
    warehouses: &[WarehouseId],
    today: NaiveDate,
) -> Result<StockStatistics, sqlx::Error> {
    let ids: Vec<Uuid> = warehouses.iter().map(WarehouseId::as_uuid).collect();
    let within = |query: &mut QueryBuilder<'_, sqlx::Postgres>| {
        if !ids.is_empty() {
            query.push(" where l.warehouse = any(").push_bind(ids.clone()).push(")");
        }
    };
    let mut query = QueryBuilder::new(
        "select count(distinct l.product) filter (where l.on_hand > 0) as products, \
                count(distinct l.warehouse) filter (where l.on_hand > 0) as warehouses, \
                coalesce(sum(l.on_hand), 0)::bigint as on_hand, coalesce(sum(l.reserved), 0)::bigint as reserved, \
                coalesce(sum(l.held), 0)::bigint as held, coalesce(sum(l.available), 0)::bigint as available, \
                count(*) filter (where l.level = 'low' and p.status is distinct from 'discontinued') as low, \
                count(*) filter (where l.level = 'out' and p.status is distinct from 'discontinued') as out \
         from stock_levels_v2.levels l left join stock_levels_v2.products p on p.id = l.product",
    );
    within(&mut query);
    let counts: PgRow = query.build().fetch_one(pool).await?;
    let mut query = QueryBuilder::new("select coalesce(sum(l.units) filter (where l.expires_on < ");
    query.push_bind(today).push("), 0)::bigint from stock_levels_v2.lots l");
    within(&mut query);
    let expired: i64 = query.build_query_scalar().fetch_one(pool).await?;
    // Whole millionths, added up exactly and rounded once.
    let mut query = QueryBuilder::new(
        "select p.currency, trunc(sum(l.on_hand::numeric * p.base_micros))::text as micros \
         from stock_levels_v2.levels l join stock_levels_v2.products p on p.id = l.product",
    );
    within(&mut query);
    query.push(" group by p.currency order by p.currency");
    let values = query.build().fetch_all(pool).await?;
    Ok(StockStatistics {
        products: counts.try_get("products")?,
        warehouses: counts.try_get("warehouses")?,
        on_hand: counts.try_get("on_hand")?,
        reserved: counts.try_get("reserved")?,
        held: counts.try_get("held")?,
        available: counts.try_get("available")?,
        low: counts.try_get("low")?,
        out: counts.try_get("out")?,
        expired,
        values: values.iter().map(value).collect::<Result<_, _>>()?,
    })
}

fn value(row: &PgRow) -> Result<Sum, sqlx::Error> {
    Ok(Sum::of_micros(row.wide("micros")?, row.currency("currency")?))
}
