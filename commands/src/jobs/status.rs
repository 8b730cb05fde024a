//! What operators are shown of jobs.

use chrono::{DateTime, Utc};
use domain::ids::{AccountId, JobId, OrderId};
use serde_json::Value;
use sqlx::{PgPool, Row};
use uuid::Uuid;

/// The jobs of one kind that are not done, over all nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindStatus {
    /// Which.
    pub kind: String,
    /// Not begun yet.
    pub waiting: i64,
    /// Being run.
    pub running: i64,
    /// Failed, and waiting for another attempt.
    pub retrying: i64,
    /// Given up.
    pub dead: i64,
    /// Of those that wait or are tried again: in the broker's hands.
    pub in_broker: i64,
    /// Since when the oldest one could have been run and was not.
    pub oldest_due_at: Option<DateTime<Utc>>,
}

pub(super) async fn kinds(pool: &PgPool) -> Result<Vec<KindStatus>, sqlx::Error> {
    let rows = sqlx::query(
        "with open as (
             select kind, state, attempts, run_at, coalesce(lease_until > clock_timestamp(), false) as is_running
               from jobs where state in ('waiting', 'sent', 'dead'))
         select kind,
                count(*) filter (where state <> 'dead' and not is_running and attempts = 0),
                count(*) filter (where state <> 'dead' and is_running),
                count(*) filter (where state <> 'dead' and not is_running and attempts > 0),
                count(*) filter (where state = 'dead'),
                count(*) filter (where state = 'sent' and not is_running),
                min(run_at) filter (where state <> 'dead' and not is_running and run_at <= clock_timestamp())
           from open group by kind order by kind",
    )
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(KindStatus {
                kind: row.try_get(0)?,
                waiting: row.try_get(1)?,
                running: row.try_get(2)?,
                retrying: row.try_get(3)?,
                dead: row.try_get(4)?,
                in_broker: row.try_get(5)?,
                oldest_due_at: row.try_get(6)?,
            })
        })
        .collect()
}

/// A job, as the person is told whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldJob {
    /// Which.
    pub id: JobId,
    /// What it does.
    pub kind: String,
    /// `waiting`, `sent`, `done` or `dead`.
    pub state: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

pub(super) async fn about_orders(pool: &PgPool, orders: &[OrderId]) -> Result<Vec<HeldJob>, sqlx::Error> {
    let orders: Vec<String> = orders.iter().map(OrderId::stream).collect();
    let rows: Vec<(Uuid, String, String, DateTime<Utc>)> = sqlx::query_as(
        "select id, kind, state, created_at from jobs where payload ->> 'order' = any($1) order by created_at, id",
    )
    .bind(orders)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(held).collect())
}

pub(super) async fn mails_to(pool: &PgPool, account: AccountId) -> Result<Vec<HeldJob>, sqlx::Error> {
    let rows: Vec<(Uuid, String, String, DateTime<Utc>)> = sqlx::query_as(
        "select id, kind, state, created_at from jobs \
          where kind in ('account_mail', 'customer_mail') and payload ->> 'account' = $1 order by created_at, id",
    )
    .bind(account.stream())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(held).collect())
}

fn held((id, kind, state, created_at): (Uuid, String, String, DateTime<Utc>)) -> HeldJob {
    HeldJob { id: JobId::from_uuid(id), kind, state, created_at }
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Which.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// What its kind needs.
    pub payload: Value,
    /// The event that it follows from.
    pub event_id: Uuid,
    /// The request that began it all.
    pub correlation_id: Uuid,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

/// Where a list of dead letters goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetterMark {
    /// When the last one of the page before was given up.
    pub dead_at: DateTime<Utc>,
    /// Which it was.
    pub id: Uuid,
}

pub(super) async fn dead_letters(
    pool: &PgPool,
    after: Option<DeadLetterMark>,
    limit: i64,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    let rows = sqlx::query(
        "select id, kind, payload, event_id, correlation_id, attempts, error, created_at, updated_at
           from jobs where state = 'dead' and ($1::timestamptz is null or (updated_at, id) < ($1, $2))
          order by updated_at desc, id desc limit $3",
    )
    .bind(after.map(|mark| mark.dead_at))
    .bind(after.map_or(Uuid::nil(), |mark| mark.id))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                payload: row.try_get(2)?,
                event_id: row.try_get(3)?,
                correlation_id: row.try_get(4)?,
                attempts: u32::try_from(row.try_get::<i32, _>(5)?).unwrap_or(0),
                error: row.try_get(6)?,
                created_at: row.try_get(7)?,
                dead_at: row.try_get(8)?,
            })
        })
        .collect()
}
