//! The table `jobs`: every change of state is one statement, decided by the row.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Job, NewJob};

/// A message may come a little before its row says: clocks of two servers.
const EARLY_MS: i64 = 500;

/// Writes jobs in the caller's transaction; those that are there already stay as they are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn enqueue(connection: &mut PgConnection, jobs: &[NewJob]) -> Result<(), sqlx::Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id).collect();
    let kinds: Vec<&str> = jobs.iter().map(|job| job.kind).collect();
    let payloads: Vec<&Value> = jobs.iter().map(|job| &job.payload).collect();
    let events: Vec<Uuid> = jobs.iter().map(|job| job.event_id).collect();
    let correlations: Vec<Uuid> = jobs.iter().map(|job| job.correlation_id).collect();
    let times: Vec<Option<DateTime<Utc>>> = jobs.iter().map(|job| job.not_before).collect();
    sqlx::query(
        "insert into jobs (id, kind, payload, event_id, correlation_id, run_at)
         select id, kind, payload, event_id, correlation_id, coalesce(not_before, clock_timestamp())
           from unnest($1::uuid[], $2::text[], $3::json[], $4::uuid[], $5::uuid[], $6::timestamptz[])
                as jobs (id, kind, payload, event_id, correlation_id, not_before)
         on conflict (id) do nothing",
    )
    .bind(ids)
    .bind(kinds)
    .bind(payloads)
    .bind(events)
    .bind(correlations)
    .bind(times)
    .execute(connection)
    .await
    .map(drop)
}

/// What came of asking for a job by its id.
#[derive(Debug, PartialEq)]
pub(super) enum Claim {
    /// It is this node's for the length of the lease, and the attempt counts.
    Leased(Job),
    /// Its time has not come, or another node is running it.
    Later(Duration),
    /// There is nothing to do: it is done, dead, or of another round.
    Gone,
    /// It has had its attempts.
    Exhausted,
}

/// Leases a job that the broker has delivered.
pub(super) async fn claim(
    pool: &PgPool,
    id: Uuid,
    round: i32,
    max_attempts: u32,
    lease: Duration,
) -> Result<Claim, sqlx::Error> {
    let leased = sqlx::query(
        "update jobs set attempts = attempts + 1, updated_at = clock_timestamp(),
                lease_until = clock_timestamp() + $3 * interval '1 ms'
          where id = $1 and round = $2 and state in ('waiting', 'sent') and attempts < $4
            and run_at <= clock_timestamp() + $5 * interval '1 ms'
            and (lease_until is null or lease_until < clock_timestamp())
         returning id, kind, payload, event_id, correlation_id, attempts, round",
    )
    .bind(id)
    .bind(round)
    .bind(ms(lease))
    .bind(i32::try_from(max_attempts).unwrap_or(i32::MAX))
    .bind(EARLY_MS)
    .fetch_optional(pool)
    .await?;
    if let Some(row) = leased {
        return job(&row).map(Claim::Leased);
    }
    let row = sqlx::query(
        "select run_at = 'infinity' or (attempts >= $3 and coalesce(lease_until < clock_timestamp(), true)),
                case when run_at = 'infinity' then 0
                     else extract(epoch from greatest(run_at, lease_until) - clock_timestamp()) * 1000 end::bigint
           from jobs where id = $1 and round = $2 and state in ('waiting', 'sent')",
    )
    .bind(id)
    .bind(round)
    .bind(i32::try_from(max_attempts).unwrap_or(i32::MAX))
    .fetch_optional(pool)
    .await?;
    Ok(match row {
        None => Claim::Gone,
        Some(row) if row.try_get(0)? => Claim::Exhausted,
        Some(row) => {
            Claim::Later(Duration::from_millis(u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0)))
        }
    })
}

/// Leases jobs that are due, whoever was to run them; other nodes meanwhile take others.
pub(super) async fn take_due(
    pool: &PgPool,
    kinds: &[&'static str],
    max_attempts: u32,
    lease: Duration,
    limit: usize,
) -> Result<Vec<Job>, sqlx::Error> {
    let rows = sqlx::query(
        "update jobs set attempts = attempts + 1, updated_at = clock_timestamp(),
                lease_until = clock_timestamp() + $3 * interval '1 ms'
          where id = any (array (
                select id from jobs
                 where state in ('waiting', 'sent') and run_at <= clock_timestamp() and kind = any ($1)
                   and attempts < $2 and (lease_until is null or lease_until < clock_timestamp())
                 order by run_at limit $4 for update skip locked))
         returning id, kind, payload, event_id, correlation_id, attempts, round",
    )
    .bind(kinds)
    .bind(i32::try_from(max_attempts).unwrap_or(i32::MAX))
    .bind(ms(lease))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    rows.iter().map(job).collect()
}

fn job(row: &PgRow) -> Result<Job, sqlx::Error> {
    Ok(Job {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        payload: row.try_get(2)?,
        event_id: row.try_get(3)?,
        correlation_id: row.try_get(4)?,
        attempt: u32::try_from(row.try_get::<i32, _>(5)?).unwrap_or(0),
        round: row.try_get(6)?,
    })
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// It failed and is tried again.
    Retry {
        /// After so long.
        delay: Duration,
        /// Why it failed.
        error: String,
    },
    /// It failed for good; the broker's dead-letter queue is on its way to say so.
    Doomed(String),
    /// It failed for good.
    Dead(String),
    /// It was not begun or not finished, and does not count.
    GivenBack,
}

/// Notes what became of an attempt, unless another one has begun since.
pub(super) async fn settle(pool: &PgPool, job: &Job, outcome: &Outcome) -> Result<(), sqlx::Error> {
    let (change, error, delay) = match outcome {
        Outcome::Done => ("state = 'done', error = null", None, Duration::ZERO),
        Outcome::Retry { delay, error } => {
            ("run_at = clock_timestamp() + $4 * interval '1 ms', error = $5", Some(error), *delay)
        }
        Outcome::Doomed(error) => ("run_at = 'infinity', error = $5", Some(error), Duration::ZERO),
        Outcome::Dead(error) => ("state = 'dead', error = $5", Some(error), Duration::ZERO),
        Outcome::GivenBack => ("attempts = attempts - 1", None, Duration::ZERO),
    };
    // The casts let every statement take the same parameters.
    let sql = format!(
        "update jobs set lease_until = null, updated_at = clock_timestamp(), {change}
          where id = $1 and round = $2 and attempts = $3 and state in ('waiting', 'sent')
            and $4::bigint is not null and ($5::text is null or true)"
    );
    sqlx::query(&sql)
        .bind(job.id)
        .bind(job.round)
        .bind(i32::try_from(job.attempt).unwrap_or(i32::MAX))
        .bind(ms(delay))
        .bind(error)
        .execute(pool)
        .await
        .map(drop)
}

/// The broker has given a job up. False when that is old news.
pub(super) async fn bury(pool: &PgPool, id: Uuid, round: i32) -> Result<bool, sqlx::Error> {
    let buried = sqlx::query(
        "update jobs set state = 'dead', lease_until = null, updated_at = clock_timestamp(),
                error = coalesce(error, 'it was delivered too often without an end')
          where id = $1 and round = $2 and state in ('waiting', 'sent')",
    )
    .bind(id)
    .bind(round)
    .execute(pool)
    .await?;
    Ok(buried.rows_affected() == 1)
}

/// Begins a new round of a dead job.
pub(super) async fn revive(pool: &PgPool, id: Uuid) -> Result<bool, sqlx::Error> {
    let revived = sqlx::query(
        "update jobs set state = 'waiting', round = round + 1, attempts = 0, lease_until = null,
                run_at = clock_timestamp(), updated_at = clock_timestamp()
          where id = $1 and state = 'dead'",
    )
    .bind(id)
    .execute(pool)
    .await?;
    Ok(revived.rows_affected() == 1)
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
