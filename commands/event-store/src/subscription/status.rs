//! What every node can tell about every subscription: read from the checkpoints and the end of the log.

use std::{collections::HashMap, sync::Arc, sync::atomic::Ordering, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Row, postgres::PgRow};

use super::{checkpoint::SubscriptionState, line::Line, subscriber::rebuild_key};
use crate::LogPosition;

/// How far a rebuild has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildProgress {
    /// The last position that stands in the new tables.
    pub position: i64,
    /// [`SubscriptionState::Rebuilding`], or stopped at an event that cannot be projected.
    pub state: SubscriptionState,
    /// Why it has stopped.
    pub error: Option<String>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// What people call it; `orders`.
    pub name: String,
    /// Its checkpoint, and a projection's schema; `orders_v1`.
    pub key: String,
    /// Whether requests are answered from its tables; the others act on what happens.
    pub is_read_model: bool,
    /// Running or stopped.
    pub state: SubscriptionState,
    /// The last position that has taken effect.
    pub position: LogPosition,
    /// The last position of the log.
    pub head: LogPosition,
    /// Positions between the two.
    pub lag_events: u64,
    /// The age of the oldest event that has not taken effect; zero where there is none.
    pub lag: Duration,
    /// Positions per second, over the last second.
    pub rate: u64,
    /// Why it has stopped.
    pub error: Option<String>,
    /// The event that cannot be handled.
    pub failed_position: Option<i64>,
    /// When its checkpoint last moved.
    pub updated_at: DateTime<Utc>,
    /// Whether the live instance runs on this node.
    pub is_live_here: bool,
    /// The rebuild beside it.
    pub rebuild: Option<RebuildProgress>,
}

const SQL: &str = "
    select c.name, c.position, c.epoch, c.state, c.error, c.failed_position, c.updated_at,
           (select epoch from log_epoch), h.position,
           coalesce(extract(epoch from clock_timestamp() - e.recorded_at) * 1000, 0)::bigint
      from checkpoints c
      cross join (select coalesce(max(position), 0) as position from events) h
      left join events e on e.position = c.position + 1
     order by c.name";

/// Reads the state of all `lines`.
pub(super) async fn read(pool: &PgPool, lines: &[Arc<Line>]) -> Result<Vec<ProjectionStatus>, sqlx::Error> {
    let rows = sqlx::query(SQL).fetch_all(pool).await?;
    let rows: HashMap<String, PgRow> =
        rows.into_iter().map(|row| Ok((row.try_get(0)?, row))).collect::<Result<_, sqlx::Error>>()?;
    lines
        .iter()
        .filter_map(|line| Some((line, rows.get(&line.key)?)))
        .map(|(line, row)| status(line, row, rows.get(&rebuild_key(&line.key))))
        .collect()
}

fn status(line: &Line, row: &PgRow, rebuild: Option<&PgRow>) -> Result<ProjectionStatus, sqlx::Error> {
    let position: i64 = row.try_get(1)?;
    let head: i64 = row.try_get(8)?;
    let lag_ms: i64 = row.try_get(9)?;
    Ok(ProjectionStatus {
        name: line.name.clone(),
        key: line.key.clone(),
        is_read_model: line.subscriber.is_read_model(),
        state: SubscriptionState::of(row.try_get(3)?),
        position: LogPosition { epoch: epoch(row, 2)?, position },
        head: LogPosition { epoch: epoch(row, 7)?, position: head },
        lag_events: u64::try_from(head - position).unwrap_or(0),
        lag: Duration::from_millis(u64::try_from(lag_ms).unwrap_or(0)),
        rate: line.rate.load(Ordering::Relaxed),
        error: row.try_get(4)?,
        failed_position: row.try_get(5)?,
        updated_at: row.try_get(6)?,
        is_live_here: line.is_live(),
        rebuild: rebuild
            .map(|row| {
                Ok::<_, sqlx::Error>(RebuildProgress {
                    position: row.try_get(1)?,
                    state: SubscriptionState::of(row.try_get(3)?),
                    error: row.try_get(4)?,
                })
            })
            .transpose()?,
    })
}

fn epoch(row: &PgRow, column: usize) -> Result<u32, sqlx::Error> {
    Ok(u32::try_from(row.try_get::<i32, _>(column)?).unwrap_or(0))
}
