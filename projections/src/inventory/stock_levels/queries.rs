//! Reading stock and warehouses.

use std::collections::HashMap;

use domain::{
    ids::{ProductId, WarehouseId},
    text::Zone,
};
use sqlx::{FromRow, PgPool, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{ProductStock, StockLevel, StockRow, WarehouseRow};
use crate::{
    columns::Word,
    page::{Cursor, Holds, Key, Order, Page, PageRequest, ReadError},
};

const SELECT: &str = "select l.product, p.sku, p.title, p.status as product_status, l.warehouse, \
     w.code as warehouse_code, l.on_hand, l.reserved, l.held, l.available, l.threshold, l.level, \
     (select sum(a.available) from stock_levels_v2.levels a where a.product = l.product)::bigint \
     as product_available ";

const FROM: &str = "from stock_levels_v2.levels l \
     left join stock_levels_v2.products p on p.id = l.product \
     left join stock_levels_v2.warehouses w on w.id = l.warehouse ";

/// What there is of a product in every warehouse; all zero where it was never in any.
///
/// # Errors
/// When the database fails.
pub async fn stock_of(pool: &PgPool, product: ProductId) -> Result<ProductStock, sqlx::Error> {
    let sql = format!("{SELECT}{FROM}where l.product = $1 order by l.warehouse");
    let rows = sqlx::query_as(&sql).bind(product.as_uuid()).fetch_all(pool).await?;
    Ok(summed(product, rows))
}

/// [`stock_of`] and the position that the read model had reached in the same snapshot.
///
/// # Errors
/// When the database fails.
pub async fn stock_of_with_checkpoint(
    pool: &PgPool,
    product: ProductId,
) -> Result<(ProductStock, i64), sqlx::Error> {
    let sql = format!(
        "select c.position as checkpoint, s.* \
         from (select coalesce(max(position), 0) as position from public.checkpoints \
               where name = 'stock_levels_v2') c \
         left join ({SELECT}{FROM}where l.product = $1) s on true order by s.warehouse"
    );
    let rows: Vec<PgRow> = sqlx::query(&sql).bind(product.as_uuid()).fetch_all(pool).await?;
    let mut checkpoint = 0;
    let mut stock = Vec::with_capacity(rows.len());
    for row in &rows {
        checkpoint = row.try_get("checkpoint")?;
        let found: Option<Uuid> = row.try_get("product")?;
        if found.is_some() {
            stock.push(StockRow::from_row(row)?);
        }
    }
    Ok((summed(product, stock), checkpoint))
}

/// What there is of several products, in the order of `products`.
///
/// # Errors
/// When the database fails.
pub async fn stock_of_products(
    pool: &PgPool,
    products: &[ProductId],
) -> Result<Vec<ProductStock>, sqlx::Error> {
    let ids: Vec<Uuid> = products.iter().map(ProductId::as_uuid).collect();
    let sql = format!("{SELECT}{FROM}where l.product = any($1) order by l.warehouse");
    let rows: Vec<StockRow> = sqlx::query_as(&sql).bind(ids).fetch_all(pool).await?;
    let mut by_product: HashMap<ProductId, Vec<StockRow>> = HashMap::new();
    for row in rows {
        by_product.entry(row.product).or_default().push(row);
    }
    Ok(products.iter().map(|id| summed(*id, by_product.get(id).cloned().unwrap_or_default())).collect())
}

fn summed(product: ProductId, rows: Vec<StockRow>) -> ProductStock {
    let sum = |of: fn(&StockRow) -> i64| rows.iter().map(of).fold(0, i64::saturating_add);
    ProductStock {
        product,
        on_hand: sum(|row| row.on_hand),
        reserved: sum(|row| row.reserved),
        held: sum(|row| row.held),
        available: sum(|row| row.available),
        by_warehouse: rows,
    }
}

/// Products that are at their threshold or below in one of `warehouses` (all of them when it is empty) and not out, by
/// product; discontinued ones are left out.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn low_stock(
    pool: &PgPool,
    warehouses: &[WarehouseId],
    page: &PageRequest,
) -> Result<Page<StockRow>, ReadError> {
    short(pool, StockLevel::Low, "stock.low", warehouses, page).await
}

/// Products of which nothing is available in one of `warehouses` (all of them when it is empty) that they were in
/// before, by product; discontinued ones are left out. [`StockRow::product_available`] tells whether another warehouse has some.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn out_of_stock(
    pool: &PgPool,
    warehouses: &[WarehouseId],
    page: &PageRequest,
) -> Result<Page<StockRow>, ReadError> {
    short(pool, StockLevel::Out, "stock.out", warehouses, page).await
}

async fn short(
    pool: &PgPool,
    level: StockLevel,
    name: &'static str,
    warehouses: &[WarehouseId],
    page: &PageRequest,
) -> Result<Page<StockRow>, ReadError> {
    let order = Order {
        name,
        column: "l.product::text",
        id: "l.warehouse",
        descending: false,
        holds: Holds::Text,
    };
    let filtered = |select: &str| {
        let mut query = QueryBuilder::new(select);
        query.push(FROM).push("where p.status is distinct from 'discontinued' and l.level = ");
        // A constant of our own, so that the planner sees that the partial index holds all of it.
        query.push(format_args!("'{}'", level.word()));
        if !warehouses.is_empty() {
            let ids: Vec<Uuid> = warehouses.iter().map(WarehouseId::as_uuid).collect();
            query.push(" and l.warehouse = any(").push_bind(ids).push(")");
        }
        query
    };
    let mut query = filtered(SELECT);
    if let Some(after) = page.after.as_deref() {
        let (product, warehouse) = pair(&order, after)?;
        query.push(" and (l.product, l.warehouse) > (").push_bind(product).push(", ");
        query.push_bind(warehouse).push(")");
    }
    query.push(" order by l.product, l.warehouse limit ").push_bind(page.fetch());
    let rows: Vec<StockRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        Some(filtered("select count(*) ").build_query_scalar().fetch_one(pool).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| {
        order.cursor(Key::Text(row.product.as_uuid().to_string()), row.warehouse.as_uuid())
    }))
}

/// A cursor of two ids.
fn pair(order: &Order, after: &str) -> Result<(Uuid, Uuid), ReadError> {
    let cursor = Cursor::of(order, after)?;
    match cursor.key() {
        Key::Text(product) => {
            let product = Uuid::try_parse(product).map_err(|_| ReadError::InvalidCursor)?;
            Ok((product, cursor.id()))
        }
        Key::Number(_) | Key::Time(_) => Err(ReadError::InvalidCursor),
    }
}

const WAREHOUSES: &str = "select w.id, w.code, w.name, w.country, w.zones, w.status, w.version, w.opened_at, \
     w.latitude_e6, w.longitude_e6, w.shipping, w.store_status, \
     coalesce(t.products, 0) as products, coalesce(t.on_hand, 0)::bigint as on_hand, \
     coalesce(t.available, 0)::bigint as available \
     from stock_levels_v2.warehouses w \
     left join lateral (select count(*) filter (where l.on_hand > 0) as products, sum(l.on_hand) as on_hand, \
                               sum(l.available) as available \
                        from stock_levels_v2.levels l where l.warehouse = w.id) t on true ";

/// One warehouse with its stock totals.
///
/// # Errors
/// When the database fails.
pub async fn warehouse(pool: &PgPool, id: WarehouseId) -> Result<Option<WarehouseRow>, sqlx::Error> {
    sqlx::query_as(&format!("{WAREHOUSES}where w.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// Warehouses by code, closed ones too; with `zones` only those that serve one of them by name.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn warehouses(
    pool: &PgPool,
    zones: &[Zone],
    page: &PageRequest,
) -> Result<Page<WarehouseRow>, ReadError> {
    let order = Order {
        name: "warehouses.code",
        column: "w.code",
        id: "w.id",
        descending: false,
        holds: Holds::Text,
    };
    let filtered = |select: &str| {
        let mut query = QueryBuilder::new(select);
        query.push("where true");
        if !zones.is_empty() {
            let zones: Vec<String> = zones.iter().map(Zone::to_string).collect();
            query.push(" and w.zones && ").push_bind(zones);
        }
        query
    };
    let mut query = filtered(WAREHOUSES);
    order.push_after(&mut query, page.after.as_deref())?;
    order.push_order(&mut query, page.fetch());
    let rows: Vec<WarehouseRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        let mut query = filtered("select count(*) from stock_levels_v2.warehouses w ");
        Some(query.build_query_scalar().fetch_one(pool).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| order.cursor(Key::Text(row.code.clone()), row.id.as_uuid())))
}
