//! How orders are: their sizes, their fates and their hours.

use sqlx::{PgPool, QueryBuilder, Row, postgres::PgRow};

use super::{OrderFilter, queries::push_filter};
use crate::{Sum, columns::Columns};

/// Orders in one currency. What is not said of all orders is said of those that were not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderHabits {
    /// All, cancelled ones too.
    pub orders: i64,
    /// Those that were cancelled.
    pub cancelled: i64,
    /// Those of which something was credited back.
    pub credited: i64,
    /// Known customers.
    pub customers: i64,
    /// Known customers with more than one order.
    pub returning_customers: i64,
    /// Lines of all orders.
    pub lines: i64,
    /// Base units of all lines.
    pub units: i64,
    /// The sum of the totals.
    pub total: Sum,
    /// The total that half of the orders reach at most.
    pub median: Sum,
}

/// Orders of one hour of a day of the week, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderHour {
    /// 1 is Monday, 7 Sunday (ISO 8601).
    pub weekday: i32,
    /// From 0.
    pub hour: i32,
    /// How many that were not cancelled.
    pub orders: i64,
}

/// How the orders that pass `filter` are, by currency.
///
/// # Errors
/// When the database fails.
pub async fn habits(pool: &PgPool, filter: &OrderFilter) -> Result<Vec<OrderHabits>, sqlx::Error> {
    let mut query = QueryBuilder::new("with chosen as (select o.* ");
    push_filter(&mut query, filter);
    query.push(
        "), live as (select * from chosen where status <> 'cancelled'), \
         known as (select currency, customer, count(*) as orders from live where customer is not null \
                    group by currency, customer), \
         people as (select currency, count(*) as customers, count(*) filter (where orders > 1) as returning_customers \
                      from known group by currency), \
         sums as (select currency, sum(line_count)::bigint as lines, sum(units)::bigint as units, \
                         sum(total)::text as total, \
                         percentile_disc(0.5) within group (order by total)::text as median \
                    from live group by currency) \
         select c.currency, count(*) as orders, count(*) filter (where c.status = 'cancelled') as cancelled, \
                count(*) filter (where c.credited > 0) as credited, \
                coalesce(max(p.customers), 0) as customers, \
                coalesce(max(p.returning_customers), 0) as returning_customers, \
                coalesce(max(s.lines), 0) as lines, coalesce(max(s.units), 0) as units, \
                coalesce(max(s.total), '0') as total, coalesce(max(s.median), '0') as median \
           from chosen c left join people p using (currency) left join sums s using (currency) \
          group by c.currency order by c.currency",
    );
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<OrderHabits, sqlx::Error> {
    let currency = row.currency("currency")?;
    Ok(OrderHabits {
        orders: row.try_get("orders")?,
        cancelled: row.try_get("cancelled")?,
        credited: row.try_get("credited")?,
        customers: row.try_get("customers")?,
        returning_customers: row.try_get("returning_customers")?,
        lines: row.try_get("lines")?,
        units: row.try_get("units")?,
        total: Sum { minor: row.wide("total")?, currency },
        median: Sum { minor: row.wide("median")?, currency },
    })
}

/// When the orders that pass `filter` were placed; hours without any are left out.
///
/// # Errors
/// When the database fails.
pub async fn hours(pool: &PgPool, filter: &OrderFilter) -> Result<Vec<OrderHour>, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "select extract(isodow from o.placed_at at time zone 'UTC')::integer as weekday, \
                extract(hour from o.placed_at at time zone 'UTC')::integer as hour, count(*) as orders ",
    );
    push_filter(&mut query, filter);
    query.push(" and o.status <> 'cancelled' group by 1, 2 order by 1, 2");
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            Ok(OrderHour {
                weekday: row.try_get("weekday")?,
                hour: row.try_get("hour")?,
                orders: row.try_get("orders")?,
            })
        })
        .collect()
}
