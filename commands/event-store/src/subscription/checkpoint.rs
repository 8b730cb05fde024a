//! The row that says where a subscription stands, and the fence that it is.

use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};

use crate::LogPosition;

/// What a subscription is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Following the log.
    Running,
    /// Being filled beside the live one.
    Rebuilding,
    /// Stopped at an event that cannot be handled, or before a log that ends too early.
    Stopped,
}

impl SubscriptionState {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "rebuilding" => Self::Rebuilding,
            _ => Self::Stopped,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Rebuilding => "rebuilding",
            Self::Stopped => "stopped",
        }
    }
}

/// Where a checkpoint is known to stand. It moves only from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) position: i64,
    pub(super) epoch: u32,
    pub(super) generation: i32,
}

impl Mark {
    pub(super) const fn at(self) -> LogPosition {
        LogPosition { epoch: self.epoch, position: self.position }
    }
}

/// A row of `checkpoints`.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    pub(super) name: String,
    pub(super) mark: Mark,
    pub(super) state: SubscriptionState,
    /// The hash of the views that stand in the schema `read`.
    pub(super) published: Option<String>,
}

const COLUMNS: &str = "name, position, epoch, generation, state, published";

fn checkpoint(row: &PgRow) -> Result<Checkpoint, sqlx::Error> {
    let epoch: i32 = row.try_get(2)?;
    Ok(Checkpoint {
        name: row.try_get(0)?,
        mark: Mark {
            position: row.try_get(1)?,
            epoch: u32::try_from(epoch).unwrap_or(0),
            generation: row.try_get(3)?,
        },
        state: SubscriptionState::of(row.try_get(4)?),
        published: row.try_get(5)?,
    })
}

pub(super) async fn load<'e>(
    executor: impl PgExecutor<'e>,
    key: &str,
) -> Result<Option<Checkpoint>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from checkpoints where name = $1");
    let row = sqlx::query(&sql).bind(key).fetch_optional(executor).await?;
    row.as_ref().map(checkpoint).transpose()
}

/// Loads a row and keeps everybody from moving it until the transaction ends.
pub(super) async fn hold(
    connection: &mut PgConnection,
    key: &str,
) -> Result<Option<Checkpoint>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from checkpoints where name = $1 for update");
    let row = sqlx::query(&sql).bind(key).fetch_optional(connection).await?;
    row.as_ref().map(checkpoint).transpose()
}

pub(super) async fn load_all<'e>(executor: impl PgExecutor<'e>) -> Result<Vec<Checkpoint>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from checkpoints");
    sqlx::query(&sql).fetch_all(executor).await?.iter().map(checkpoint).collect()
}

/// The statement that moves a checkpoint: no row when it stands elsewhere. The key was checked at start to be a plain
/// identifier, so that it can stand in a string of statements that takes one round trip.
pub(super) fn advance_sql(key: &str, from: Mark, to: i64) -> String {
    format!("update checkpoints set position = {to}, updated_at = clock_timestamp() {}", fence_sql(key, from))
}

fn fence_sql(key: &str, from: Mark) -> String {
    let Mark { position, epoch, generation } = from;
    format!(
        "where name = '{key}' and position = {position} and epoch = {epoch} and generation = {generation} \
         and state <> 'stopped'"
    )
}

/// Stops a subscription before `failed`; false when the checkpoint stands elsewhere.
pub(super) async fn stop(
    connection: &mut PgConnection,
    key: &str,
    from: Mark,
    failed: Option<i64>,
    error: &str,
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "update checkpoints set state = 'stopped', position = greatest(position, $1), failed_position = $2, \
         error = $3, updated_at = clock_timestamp() {}",
        fence_sql(key, from)
    );
    let stopped = sqlx::query(&sql)
        .bind(failed.map_or(from.position, |failed| failed - 1))
        .bind(failed)
        .bind(error)
        .execute(connection)
        .await?;
    Ok(stopped.rows_affected() == 1)
}

/// Lets a stopped subscription go on; false when it was not stopped.
pub(super) async fn restart<'e>(executor: impl PgExecutor<'e>, key: &str) -> Result<bool, sqlx::Error> {
    let restarted = sqlx::query(
        "update checkpoints set state = 'running', error = null, failed_position = null, \
         updated_at = clock_timestamp() where name = $1 and state = 'stopped'",
    )
    .bind(key)
    .execute(executor)
    .await?;
    Ok(restarted.rows_affected() == 1)
}

/// Takes a new epoch over; false when the checkpoint stands elsewhere.
pub(super) async fn adopt_epoch(
    connection: &mut PgConnection,
    key: &str,
    from: Mark,
    epoch: u32,
) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "update checkpoints set epoch = {epoch}, updated_at = clock_timestamp() {}",
        fence_sql(key, from)
    );
    Ok(sqlx::query(&sql).execute(connection).await?.rows_affected() == 1)
}

/// Notes which views stand in the schema `read`.
pub(super) async fn note_published(
    connection: &mut PgConnection,
    key: &str,
    views: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update checkpoints set published = md5($2) where name = $1")
        .bind(key)
        .bind(views)
        .execute(connection)
        .await
        .map(drop)
}
