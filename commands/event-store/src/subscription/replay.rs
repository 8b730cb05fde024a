//! A projection filled a second time from the log, up to one position, where only one session sees it: to compare it
//! with the live one, or to look back.
//!
//! All of it is one transaction that never commits, in temporary tables, with one snapshot of everything else. So
//! nothing is left behind, however this ends, and what `project` writes cannot reach any other table: the transaction
//! is read-only but for the temporary tables.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use sqlx::{Connection, Executor, PgConnection, Row};

use super::{
    Projection, ProjectionError,
    batch::panic_text,
    checkpoint::{self, SubscriptionState},
    session::chain,
};
use crate::{EventFilter, LogError, LogPosition, LogReader, RecordedEvent, is_transient};

/// Positions of one step.
const WINDOW: i64 = 10_000;

/// What the tables' names of [`Replay::keep`] end with.
pub const KEPT: &str = "__kept";

/// Large enough for the tables of a small shop; the rest goes to files. A session that is forgotten in its
/// transaction must not keep the server from tidying up for ever.
const SETTINGS: [(&str, &str); 4] = [
    ("temp_buffers", "64MB"),
    ("work_mem", "64MB"),
    ("client_min_messages", "warning"),
    ("idle_in_transaction_session_timeout", "300000"),
];

/// Why a projection could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An event cannot be read or projected.
    #[error("the event at position {position} cannot be projected: {error}")]
    Poison {
        /// Which.
        position: i64,
        /// Why.
        error: String,
    },
    /// A rebuild has put other tables in the live ones' place since the snapshot was taken: begin anew.
    #[error("the live tables were replaced meanwhile")]
    Replaced,
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error("the projection cannot be filled a second time")]
    Database(#[from] sqlx::Error),
}

/// Where a live projection stands, in the snapshot of a [`Replay`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its tables hold the effect of everything up to here, and of nothing else.
    pub position: LogPosition,
    /// Running or stopped.
    pub state: SubscriptionState,
    /// The event at which it has stopped.
    pub failed_position: Option<i64>,
}

/// A projection's tables in the schema `pg_temp` of a session of its own, empty at first. Dropping the value drops them.
pub struct Replay {
    connection: PgConnection,
    projection: Arc<dyn Projection>,
    reader: LogReader,
    position: i64,
    projected: usize,
    analyze_at: usize,
}

impl Replay {
    /// Takes the snapshot and makes the tables, each beside an empty one that [`Self::keep`] fills.
    ///
    /// # Errors
    /// When the database cannot be reached, or this account may not make temporary tables.
    pub async fn begin(reader: &LogReader, projection: Arc<dyn Projection>) -> Result<Self, ReplayError> {
        let connect = reader.pool().connect_options().as_ref().clone().options(SETTINGS);
        let mut connection = PgConnection::connect_with(&connect).await?;
        let make = format!(
            "begin isolation level repeatable read read write; set local search_path to pg_temp, public; {}",
            projection.tables()
        );
        connection.execute(make.as_str()).await?;
        for table in own_tables(&mut connection).await? {
            let make = format!("create temporary table {0}{KEPT} as table pg_temp.{0} with no data", table);
            connection.execute(make.as_str()).await?;
        }
        connection.execute("set transaction read only").await?;
        Ok(Self {
            connection,
            projection,
            reader: reader.clone(),
            position: 0,
            projected: 0,
            analyze_at: 1,
        })
    }

    /// Where the live one stands, and from now on nobody takes its tables away; `None` where it has no checkpoint.
    ///
    /// # Errors
    /// [`ReplayError::Replaced`] when a rebuild was quicker; or when the database fails.
    pub async fn live(&mut self) -> Result<Option<Standing>, ReplayError> {
        let key = self.projection.schema();
        let Some(row) = sqlx::query(
            "select position, epoch, generation, state, failed_position from checkpoints where name = $1",
        )
        .bind(&key)
        .fetch_optional(&mut self.connection)
        .await?
        else {
            return Ok(None);
        };
        self.lock(&key).await?;
        // Names lead to the newest tables, whatever the snapshot. While the lock is held that cannot change any more.
        let now = checkpoint::load(self.reader.pool(), &key).await?;
        if now.is_none_or(|now| Ok(now.mark.generation) != row.try_get(2).map_err(drop)) {
            return Err(ReplayError::Replaced);
        }
        let epoch: i32 = row.try_get(1)?;
        Ok(Some(Standing {
            position: LogPosition {
                epoch: u32::try_from(epoch).unwrap_or(0),
                position: row.try_get(0)?,
            },
            state: SubscriptionState::of(row.try_get(3)?),
            failed_position: row.try_get(4)?,
        }))
    }

    async fn lock(&mut self, schema: &str) -> Result<(), ReplayError> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = $1",
        )
        .bind(schema)
        .fetch_all(&mut self.connection)
        .await?;
        if tables.is_empty() {
            return Ok(());
        }
        let lock = format!("lock table {} in access share mode", tables.join(", "));
        match self.connection.execute(lock.as_str()).await {
            Ok(_) => Ok(()),
            // No such table, or no such schema, any more.
            Err(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("42P01" | "3F000")) =>
            {
                Err(ReplayError::Replaced)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Projects everything after what it has projected already, up to `to`. `done` hears how far it has come.
    ///
    /// # Errors
    /// When an event cannot be read or projected, or the database fails.
    pub async fn advance(&mut self, to: i64, mut done: impl FnMut(i64) + Send) -> Result<(), ReplayError> {
        let reader = self.reader.clone();
        let types: Vec<String> =
            self.projection.event_types().iter().map(|name| (*name).to_owned()).collect();
        let window = |after: i64| (after + WINDOW).min(to);
        let mut next = read(&reader, &types, self.position, window(self.position)).await?;
        while self.position < to {
            let (from, middle) = (self.position, window(self.position));
            let events = std::mem::take(&mut next);
            let ahead = read(&reader, &types, middle, window(middle));
            let (ahead, projected) = tokio::join!(ahead, self.project(&events, from));
            projected?;
            next = ahead?;
            self.position = middle;
            done(middle);
        }
        self.analyze().await
    }

    /// Projects a part of the log, halved where it fails, until the culprit stands alone.
    async fn project(&mut self, events: &[Arc<RecordedEvent>], after: i64) -> Result<(), ReplayError> {
        let mut rest = events;
        let mut size = events.len();
        while !rest.is_empty() {
            let (part, others) = rest.split_at(size.clamp(1, rest.len()));
            self.connection.execute("savepoint part").await?;
            let work = AssertUnwindSafe(self.projection.project(&mut self.connection, part)).catch_unwind();
            let failure = match work.await {
                Ok(Ok(())) => {
                    self.connection.execute("release savepoint part").await?;
                    rest = others;
                    self.projected += part.len();
                    if self.projected >= self.analyze_at {
                        self.analyze().await?;
                    }
                    continue;
                }
                Ok(Err(ProjectionError::Database(error))) if is_transient(&error) => return Err(error.into()),
                Ok(Err(error)) => chain(&error),
                Err(panic) => panic_text(panic.as_ref()),
            };
            self.connection.execute("rollback to savepoint part").await?;
            if let [culprit] = part {
                return Err(ReplayError::Poison { position: culprit.position, error: failure });
            }
            tracing::debug!(after, events = part.len(), failure, "a batch fails and is halved");
            size = part.len() / 2;
        }
        Ok(())
    }

    /// Nobody but this session can tell the planner how large temporary tables have grown.
    async fn analyze(&mut self) -> Result<(), ReplayError> {
        for table in own_tables(&mut self.connection).await? {
            self.connection.execute(format!("analyze pg_temp.{table}").as_str()).await?;
        }
        self.analyze_at = self.projected.saturating_mul(2).max(1);
        Ok(())
    }

    /// Keeps the rows as they are now, in tables with [`KEPT`] behind their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&mut self) -> Result<(), ReplayError> {
        for table in own_tables(&mut self.connection).await? {
            if !table.ends_with(KEPT) {
                let keep = format!("insert into pg_temp.{table}{KEPT} table pg_temp.{table}");
                self.connection.execute(keep.as_str()).await?;
            }
        }
        Ok(())
    }

    /// The session, for queries on the tables and, in the same snapshot, on the live ones.
    pub const fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Drops everything. Dropping the value does so too, a moment later.
    pub async fn end(mut self) {
        drop(self.connection.execute("rollback").await);
        drop(self.connection.close().await);
    }
}

/// Names that the code itself gave: plain identifiers.
async fn own_tables(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' order by 1",
    )
    .fetch_all(connection)
    .await
}

/// The events of a range; one that cannot be read is named.
async fn read(
    reader: &LogReader,
    types: &[String],
    after: i64,
    to: i64,
) -> Result<Vec<Arc<RecordedEvent>>, ReplayError> {
    let filter = EventFilter {
        after,
        up_to: Some(to),
        event_types: types.to_vec(),
        ..EventFilter::default()
    };
    let events = reader.read(&filter, usize::MAX).await?;
    Ok(events.into_iter().map(Arc::new).collect())
}
