//! What customers have ordered.

use domain::ids::AccountId;
use sqlx::{PgPool, Row, postgres::PgRow};

use crate::{Sum, columns::Columns};

/// What one customer has ordered in one currency, without what was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSpent {
    /// Who.
    pub customer: AccountId,
    /// How many orders.
    pub orders: i64,
    /// What they come to, less what was credited back.
    pub spent: Sum,
}

/// What each of `customers` has ordered, by currency; who ordered nothing is left out.
///
/// # Errors
/// When the database fails.
pub async fn spent_by(pool: &PgPool, customers: &[AccountId]) -> Result<Vec<CustomerSpent>, sqlx::Error> {
    let rows = sqlx::query(
        "select o.customer, o.currency, count(*) as orders, sum(o.total - o.credited)::text as spent \
           from order_list_v2.orders o \
          where o.customer = any($1) and o.status <> 'cancelled' \
          group by o.customer, o.currency order by o.customer, o.currency",
    )
    .bind(customers.iter().map(AccountId::as_uuid).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<CustomerSpent, sqlx::Error> {
    let currency = row.currency("currency")?;
    Ok(CustomerSpent {
        customer: row.id("customer", AccountId::from_uuid)?,
        orders: row.try_get("orders")?,
        spent: Sum { minor: row.wide("spent")?, currency },
    })
}
