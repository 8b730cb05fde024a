//! Lots: filling their table, and reading it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    ids::{ProductId, WarehouseId},
    inventory::{Lot, StockEvent},
    text::LocalizedText,
};
use sqlx::{FromRow, PgConnection, PgPool, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    columns::Columns,
    page::{Cursor, Holds, Key, Order, Page, PageRequest, ReadError},
};

/// What a batch changes of lots. Sorted, so that neighbours in the index are written together.
#[derive(Default)]
pub(super) struct LotChanges<'a>(BTreeMap<(Uuid, Uuid, &'a Lot), i64>);

impl<'a> LotChanges<'a> {
    pub(super) fn add(&mut self, product: Uuid, event: &'a StockEvent) {
        event.each_lot_movement(|movement| {
            let units = self.0.entry((product, movement.warehouse.as_uuid(), movement.lot)).or_default();
            *units = units.saturating_add(movement.on_hand);
        });
    }

    /// A lot of which nothing is left has no row.
    pub(super) async fn write(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (mut products, mut warehouses) = (Vec::new(), Vec::new());
        let (mut codes, mut days, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for ((product, warehouse, lot), change) in &self.0 {
            products.push(*product);
            warehouses.push(*warehouse);
            codes.push(lot.code.as_ref().map(|code| code.as_str()).unwrap_or_default());
            days.push(lot.expires_on);
            units.push(*change);
        }
        sqlx::query(
            "insert into lots (product, warehouse, code, expires_on, units) \
             select product, warehouse, code, coalesce(expires_on, 'infinity'), units \
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::bigint[]) \
                  as t (product, warehouse, code, expires_on, units) \
             on conflict (product, warehouse, expires_on, code) do update set units = lots.units + excluded.units",
        )
        .bind(&products)
        .bind(&warehouses)
        .bind(&codes)
        .bind(&days)
        .bind(units)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "delete from lots l using unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[]) \
                 as t (product, warehouse, code, expires_on) \
             where l.product = t.product and l.warehouse = t.warehouse and l.code = t.code \
               and l.expires_on = coalesce(t.expires_on, 'infinity') and l.units = 0",
        )
        .bind(products)
        .bind(warehouses)
        .bind(codes)
        .bind(days)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// What is on hand of one lot in one warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRow {
    /// Of which product.
    pub product: ProductId,
    /// Its code; `None` where the product is not registered (yet).
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<LocalizedText>,
    /// Where.
    pub warehouse: WarehouseId,
    /// The warehouse's code.
    pub warehouse_code: Option<String>,
    /// The maker's code of the lot.
    pub lot: Option<String>,
    /// Its last good day (UTC).
    pub expires_on: Option<NaiveDate>,
    /// Base units on hand.
    pub units: i64,
}

impl FromRow<'_, PgRow> for LotRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            title: row.maybe_json("title")?,
            warehouse: row.id("warehouse", WarehouseId::from_uuid)?,
            warehouse_code: row.try_get("warehouse_code")?,
            lot: row.try_get("lot")?,
            expires_on: row.try_get("expires_on")?,
            units: row.try_get("units")?,
        })
    }
}

const SELECT: &str = "select l.product, p.sku, p.title, l.warehouse, w.code as warehouse_code, \
     nullif(l.code, '') as lot, nullif(l.expires_on, 'infinity') as expires_on, l.units ";

const FROM: &str = "from stock_levels_v2.lots l left join stock_levels_v2.products p on p.id = l.product \
     left join stock_levels_v2.warehouses w on w.id = l.warehouse ";

/// The lots of one product, by warehouse, in the order in which they are taken.
///
/// # Errors
/// When the database fails.
pub async fn lots_of(pool: &PgPool, product: ProductId) -> Result<Vec<LotRow>, sqlx::Error> {
    let sql = format!("{SELECT}{FROM}where l.product = $1 order by l.warehouse, l.expires_on, l.code");
    sqlx::query_as(&sql).bind(product.as_uuid()).fetch_all(pool).await
}

/// Lots whose last day is `until` or before, those that have expired too, in one of `warehouses` (all of them when it is
/// empty); the earliest first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn expiring(
    pool: &PgPool,
    until: NaiveDate,
    warehouses: &[WarehouseId],
    page: &PageRequest,
) -> Result<Page<LotRow>, ReadError> {
    let order = Order {
        name: "lots.expiring",
        column: "l.key",
        id: "l.warehouse",
        descending: false,
        holds: Holds::Text,
    };
    let filtered = |select: &str| {
        let mut query = QueryBuilder::new(select);
        query.push(FROM).push("where l.expires_on <= ").push_bind(until);
        if !warehouses.is_empty() {
            let ids: Vec<Uuid> = warehouses.iter().map(WarehouseId::as_uuid).collect();
            query.push(" and l.warehouse = any(").push_bind(ids).push(")");
        }
        query
    };
    let mut query = filtered(SELECT);
    if let Some(after) = page.after.as_deref() {
        let cursor = Cursor::of(&order, after)?;
        let (day, product, code) = place(cursor.key())?;
        query.push(" and (l.expires_on, l.product, l.warehouse, l.code) > (").push_bind(day);
        query.push(", ").push_bind(product).push(", ").push_bind(cursor.id());
        query.push(", ").push_bind(code).push(")");
    }
    query.push(" order by l.expires_on, l.product, l.warehouse, l.code limit ").push_bind(page.fetch());
    let rows: Vec<LotRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        Some(filtered("select count(*) ").build_query_scalar().fetch_one(pool).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| {
        let day = row.expires_on.unwrap_or(NaiveDate::MAX);
        let code = row.lot.as_deref().unwrap_or_default();
        order.cursor(Key::Text(format!("{day}/{}/{code}", row.product.as_uuid())), row.warehouse.as_uuid())
    }))
}

/// The day, the product and the code that a cursor stands after.
fn place(key: &Key) -> Result<(NaiveDate, Uuid, String), ReadError> {
    let Key::Text(text) = key else {
        return Err(ReadError::InvalidCursor);
    };
    let mut parts = text.splitn(3, '/');
    let (day, product, code) = (parts.next(), parts.next(), parts.next());
    let day = day.and_then(|day| day.parse().ok()).ok_or(ReadError::InvalidCursor)?;
    let product = product.and_then(|id| Uuid::try_parse(id).ok()).ok_or(ReadError::InvalidCursor)?;
    Ok((day, product, code.unwrap_or_default().to_owned()))
}
