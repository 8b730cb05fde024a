//! Past orders, as promotions see them.

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, CategoryId, CompanyId, ProductId},
    money::{Currency, Money},
    pricing::{BasketLine, PastLine, PastOrder},
    quantity::Quantity,
};
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use crate::columns::{Columns, undecodable};

const SELECT: &str = "
    with page as (
        select o.id, o.customer, o.zone, o.currency, o.placed_at
          from order_list_v2.orders o
         where o.status <> 'cancelled' and (o.placed_at, o.id) > ($1, $2) and o.placed_at < $3
         order by o.placed_at, o.id limit $4)
    select p.id, p.customer, p.zone, p.currency, p.placed_at, l.product, l.quantity, l.unit_price_micros, l.total,
           l.discount, l.company, c.categories, c.currency as cost_currency, c.wholesale_micros
      from page p
       join order_list_v2.order_lines l on l.order_id = p.id
       left join product_list_v3.products c on c.id = l.product
     order by p.placed_at, p.id, l.number";

/// Where a walk through past orders stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastCursor(DateTime<Utc>, Uuid);

impl PastCursor {
    /// Before the first order at `from` or later.
    #[must_use]
    pub const fn new(from: DateTime<Utc>) -> Self {
        Self(from, Uuid::nil())
    }
}

/// Up to `limit` orders after `cursor` and before `until`, in the order of time, without cancelled ones; and where to go
/// on, `None` at the end. Categories and wholesale prices are those that the products have now; groups are left empty.
///
/// # Errors
/// When the database fails.
pub async fn past(
    pool: &PgPool,
    cursor: PastCursor,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<(Vec<PastOrder>, Option<PastCursor>), sqlx::Error> {
    let rows =
        sqlx::query(SELECT).bind(cursor.0).bind(cursor.1).bind(until).bind(limit).fetch_all(pool).await?;
    let mut orders: Vec<PastOrder> = Vec::new();
    let mut last = None;
    for row in &rows {
        let place = PastCursor(row.try_get("placed_at")?, row.try_get("id")?);
        if last != Some(place) {
            orders.push(order(row)?);
            last = Some(place);
        }
        if let Some(order) = orders.last_mut() {
            order.lines.push(line(row, order.currency)?);
        }
    }
    Ok((orders, last))
}

fn order(row: &PgRow) -> Result<PastOrder, sqlx::Error> {
    Ok(PastOrder {
        customer: row.maybe_id("customer", AccountId::from_uuid)?,
        groups: Vec::new(),
        zone: row
            .try_get::<Option<&str>, _>("zone")?
            .map(|zone| domain::text::Zone::parse(zone).map_err(|error| undecodable("zone", error)))
            .transpose()?,
        currency: row.currency("currency")?,
        lines: Vec::new(),
    })
}

fn line(row: &PgRow, currency: Currency) -> Result<PastLine, sqlx::Error> {
    let categories: Option<Vec<Uuid>> = row.try_get("categories")?;
    let quantity: u32 = row.count("quantity")?;
    let unit_cost = match row.try_get::<Option<&str>, _>("cost_currency")? {
        Some(code) if code == currency.code() => row.maybe_unit_price("wholesale_micros", currency)?,
        Some(_) | None => None,
    };
    Ok(PastLine {
        goods: BasketLine {
            product: row.id("product", ProductId::from_uuid)?,
            categories: categories.unwrap_or_default().into_iter().map(CategoryId::from_uuid).collect(),
            company: row.maybe_id("company", CompanyId::from_uuid)?,
            quantity: Quantity::new(quantity)
                .ok_or_else(|| sqlx::Error::ColumnNotFound("quantity".to_owned()))?,
            unit_price: row.unit_price("unit_price_micros", currency)?,
            total: row.money("total", currency)?,
        },
        discount: Money::from_minor(row.try_get("discount")?, currency),
        unit_cost,
    })
}
