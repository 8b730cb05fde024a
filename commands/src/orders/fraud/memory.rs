//! What the screening remembers of orders, and asks of them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{AccountId, EventId, OrderId},
    money::Money,
    orders::{
        FraudRules, PaymentMethod,
        fraud::{Features, OrderFacts, Verdict},
    },
};
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use super::lessons;

/// For so long orders are remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Rows that are forgotten in one statement.
const BATCH_ROWS: i64 = 500;

/// An order as it is remembered.
pub(super) struct Remembered {
    pub(super) order: OrderId,
    pub(super) customer: AccountId,
    pub(super) placed_at: DateTime<Utc>,
    /// The placement or edit that it was agreed with.
    pub(super) agreement: EventId,
    pub(super) total: Money,
    pub(super) destination: String,
    pub(super) device: Option<Vec<u8>>,
    pub(super) address: Option<Vec<u8>>,
    pub(super) payment_method: PaymentMethod,
}

/// Remembers an order; one that is known already stays as it is.
pub(super) async fn remember(connection: &mut PgConnection, order: &Remembered) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into fraud_orders (order_id, customer, placed_at, agreement, currency, total, destination, device, address) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(order.order.as_uuid())
    .bind(order.customer.as_uuid())
    .bind(order.placed_at)
    .bind(order.agreement.as_uuid())
    .bind(order.total.currency().code())
    .bind(order.total.minor())
    .bind(&order.destination)
    .bind(&order.device)
    .bind(&order.address)
    .execute(connection)
    .await
    .map(drop)
}

/// The order comes to something else now. Answers how it is remembered; `None` where it is not.
pub(super) async fn revise(
    connection: &mut PgConnection,
    order: OrderId,
    agreement: EventId,
    total: Money,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query(
        "update fraud_orders set agreement = $2, total = $3, is_held = false where order_id = $1 \
         returning customer, placed_at, destination, device, address",
    )
    .bind(order.as_uuid())
    .bind(agreement.as_uuid())
    .bind(total.minor())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Known {
            customer: AccountId::from_uuid(row.try_get("customer")?),
            placed_at: row.try_get("placed_at")?,
            destination: row.try_get("destination")?,
            device: row.try_get("device")?,
            address: row.try_get("address")?,
        })
    })
    .transpose()
}

/// What stays of an order when it is edited.
pub(super) struct Known {
    pub(super) customer: AccountId,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) destination: String,
    pub(super) device: Option<Vec<u8>>,
    pub(super) address: Option<Vec<u8>>,
}

/// What is known of an order and its customer's other ones before it.
pub(super) async fn facts(
    connection: &mut PgConnection,
    rules: &FraudRules,
    order: &Remembered,
) -> Result<OrderFacts, sqlx::Error> {
    let minutes = rules.velocity.map_or(0, |rule| rule.within_minutes);
    let row = sqlx::query(
        "select count(*) filter (where placed_at > $4) as recent, count(*) as earlier, \
                count(*) filter (where currency = $5) as alike, \
                trunc(avg(total) filter (where currency = $5))::bigint as mean, \
                coalesce(bool_or(destination = $6), false) as is_known_destination, \
                coalesce(bool_or(device = $7), false) as is_known_device \
           from fraud_orders where customer = $1 and order_id <> $2 and placed_at <= $3",
    )
    .bind(order.customer.as_uuid())
    .bind(order.order.as_uuid())
    .bind(order.placed_at)
    .bind(order.placed_at - TimeDelta::minutes(minutes.into()))
    .bind(order.total.currency().code())
    .bind(&order.destination)
    .bind(&order.device)
    .fetch_one(&mut *connection)
    .await?;
    let count = |name: &str| -> Result<u32, sqlx::Error> {
        Ok(u32::try_from(row.try_get::<i64, _>(name)?).unwrap_or(u32::MAX))
    };
    let is_known_device: bool = row.try_get("is_known_device")?;
    let mean: Option<i64> = row.try_get("mean")?;
    let enough = count("alike")? >= OrderFacts::ENOUGH_FOR_A_MEAN;
    Ok(OrderFacts {
        total: order.total,
        payment_method: order.payment_method,
        recent_orders: count("recent")?.saturating_add(1),
        earlier_orders: count("earlier")?,
        mean: mean.filter(|_| enough).map(|minor| Money::from_minor(minor, order.total.currency())),
        is_known_destination: row.try_get("is_known_destination")?,
        is_known_device: order.device.as_ref().map(|_| is_known_device),
        others_on_device: others(connection, "device", order.device.as_deref(), order.customer).await?,
        others_at_address: others(connection, "address", order.address.as_deref(), order.customer).await?,
    })
}

/// How many other customers' orders bear the same mark; counted up to a thousand.
async fn others(
    connection: &mut PgConnection,
    column: &'static str,
    mark: Option<&[u8]>,
    customer: AccountId,
) -> Result<u32, sqlx::Error> {
    let Some(mark) = mark else {
        return Ok(0);
    };
    let sql = format!(
        "select count(*) from (select distinct customer from fraud_orders where {column} = $1 and customer <> $2 \
         limit 1000) others"
    );
    let others: i64 =
        sqlx::query_scalar(&sql).bind(mark).bind(customer.as_uuid()).fetch_one(connection).await?;
    Ok(u32::try_from(others).unwrap_or(u32::MAX))
}

/// Notes how an order was looked at.
pub(super) async fn looked_at(
    connection: &mut PgConnection,
    order: OrderId,
    features: &Features,
    is_held: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query("update fraud_orders set traits = $2, is_held = $3 where order_id = $1")
        .bind(order.as_uuid())
        .bind(lessons::stored(features))
        .bind(is_held)
        .execute(connection)
        .await
        .map(drop)
}

/// An order turned out to be something. It is learned from once; one that is held teaches only by its review.
pub(super) async fn turned_out(
    connection: &mut PgConnection,
    order: Uuid,
    verdict: Verdict,
    is_reviewed: bool,
) -> Result<(), sqlx::Error> {
    let word = match verdict {
        Verdict::Honest => "honest",
        Verdict::Fraud => "fraud",
    };
    let traits: Option<Vec<i16>> = sqlx::query_scalar(
        "update fraud_orders set verdict = $2 where order_id = $1 and verdict is null and traits is not null \
         and (not is_held or $3) returning traits",
    )
    .bind(order)
    .bind(word)
    .bind(is_reviewed)
    .fetch_optional(&mut *connection)
    .await?;
    match traits {
        Some(traits) => lessons::add(connection, &traits, verdict).await,
        None => Ok(()),
    }
}

/// Devices and addresses of the erased are forgotten.
pub(super) async fn forget_persons(
    connection: &mut PgConnection,
    persons: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query("update fraud_orders set device = null, address = null where customer = any($1)")
        .bind(persons)
        .execute(connection)
        .await
        .map(drop)
}

/// Forgets orders that were placed too long ago. Answers how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn forget_old(pool: &PgPool) -> Result<u64, sqlx::Error> {
    sqlx::query(
        "delete from fraud_orders where order_id = any (array (
             select order_id from fraud_orders where placed_at < clock_timestamp() - make_interval(days => $1) limit $2))",
    )
    .bind(i32::try_from(REMEMBERED.num_days()).unwrap_or(i32::MAX))
    .bind(BATCH_ROWS)
    .execute(pool)
    .await
    .map(|done| done.rows_affected())
}
