//! Reading the log: by position, by stream, by type, by time.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use domain::decider::Decider;
use sqlx::{
    PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder, Row,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};

use crate::{
    Actor, Head, LogError, LogPosition, Metadata, RecordedEvent,
    kinds::Kinds,
    tail::{Part, Tail},
};

pub(crate) const COLUMNS: &str = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                                  payload::text, metadata::text, recorded_at";

/// A moment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// Everything so far.
    Now,
    /// Everything up to and including this position.
    Position(i64),
    /// Everything recorded at or before this time.
    Time(DateTime<Utc>),
}

/// Which events to read; what is empty or `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only after this position.
    pub after: i64,
    /// Only up to this position.
    pub up_to: Option<i64>,
    /// Kind of aggregate.
    pub aggregate_type: Option<String>,
    /// Which aggregate.
    pub aggregate_id: Option<String>,
    /// Stored names.
    pub event_types: Vec<String>,
    /// Who caused it.
    pub actor: Option<Actor>,
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded at or before.
    pub to: Option<DateTime<Utc>>,
}

/// A state and how many events it adds up.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<S> {
    /// The state.
    pub state: S,
    /// The stream's version: the number of its events; 0 where it does not exist.
    pub version: i64,
}

/// Reads the log. Cheap to clone.
#[derive(Clone)]
pub struct LogReader {
    pub(crate) pool: PgPool,
    pub(crate) tail: Arc<Tail>,
}

impl LogReader {
    /// Opens the log for reading alone: no writer, no listener, and sessions that refuse to write. For tools beside a
    /// running server, or without one.
    ///
    /// # Errors
    /// When the database cannot be reached or holds no log.
    pub async fn open(connect: &PgConnectOptions, pool_size: u32) -> Result<Self, LogError> {
        let pool = PgPoolOptions::new()
            .max_connections(pool_size)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::query("set default_transaction_read_only = on").execute(connection).await.map(drop)
                })
            })
            .connect_with(connect.clone())
            .await?;
        let head = read_head(&pool).await?;
        Ok(Self { pool, tail: Arc::new(Tail::new(head, 0)) })
    }

    /// How far the log is known to reach.
    #[must_use]
    pub fn head(&self) -> LogPosition {
        self.tail.head()
    }

    /// Follows how far the log reaches.
    #[must_use]
    pub fn follow(&self) -> Head {
        self.tail.follow()
    }

    /// The pool that reads run on.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Up to `limit` events after `after`, in order, from memory where it holds them.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn read_after(&self, after: i64, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        self.read_on(after, limit, Kinds::ALL).await.map(|part| part.events)
    }

    /// The same, without what is surely of other kinds.
    pub(crate) async fn read_on(&self, after: i64, limit: usize, kinds: Kinds) -> Result<Part, LogError> {
        if let Some(part) = self.tail.after(after, limit, kinds) {
            return Ok(part);
        }
        let filter = EventFilter { after, ..EventFilter::default() };
        let events = self.read(&filter, limit).await?;
        Ok(Part {
            to: events.last().map_or(after, |event| event.position),
            read: events.len(),
            events: events.into_iter().map(Arc::new).collect(),
        })
    }

    /// Up to `limit` events that pass `filter`, in order of position.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn read(&self, filter: &EventFilter, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        let mut query = select(filter);
        query.push(" order by position limit ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(&self.pool).await?;
        rows.iter().map(recorded).collect()
    }

    /// One stream's events from `after` (exclusive sequence) to a moment, in order.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn read_stream(
        &self,
        aggregate_type: &str,
        aggregate_id: &str,
        after_sequence: i64,
        as_of: AsOf,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let up_to = self.position_as_of(as_of).await?;
        let sql = format!(
            "select {COLUMNS} from events where aggregate_type = $1 and aggregate_id = $2 and sequence > $3 \
             and position <= $4 order by sequence"
        );
        let rows = sqlx::query(&sql)
            .bind(aggregate_type)
            .bind(aggregate_id)
            .bind(after_sequence)
            .bind(up_to)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(recorded).collect()
    }

    /// Folds one aggregate as of a moment. For reads and for finding out which streams a command will need;
    /// a decision sees its own state, under the lock.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn load<D: Decider>(&self, id: &str, as_of: AsOf) -> Result<Loaded<D::State>, LogError> {
        let events = self.read_stream(D::KIND, id, 0, as_of).await?;
        let mut state = D::State::default();
        let mut version = 0;
        for event in &events {
            D::evolve(&mut state, event.typed::<D::Event>()?);
            version = event.sequence;
        }
        Ok(Loaded { state, version })
    }

    /// Folds several aggregates of one kind in one look-up, as [`Self::load`] does one: in the order of `ids`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn load_many<D: Decider>(&self, ids: &[String]) -> Result<Vec<Loaded<D::State>>, LogError> {
        let loaded = self.load_many_as_of::<D>(ids, AsOf::Now).await?;
        let empty = || Loaded { state: D::State::default(), version: 0 };
        Ok(ids.iter().map(|id| loaded.get(id).cloned().unwrap_or_else(empty)).collect())
    }

    /// Folds many aggregates of one kind as of a moment, by id; those that did not exist then are left out. What
    /// happened up to a position that the log has reached never changes, so neither does this answer.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn load_many_as_of<D: Decider>(
        &self,
        ids: &[String],
        as_of: AsOf,
    ) -> Result<HashMap<String, Loaded<D::State>>, LogError> {
        let up_to = self.position_as_of(as_of).await?;
        // One look-up in the streams' index each, whatever the planner thinks of the table's size.
        let sql = format!(
            "select {COLUMNS} from unnest($2::text[]) w (id) cross join lateral \
             (select * from events e where e.aggregate_type = $1 and e.aggregate_id = w.id and e.position <= $3 \
              order by e.sequence) stream"
        );
        let rows = sqlx::query(&sql).bind(D::KIND).bind(ids).bind(up_to).fetch_all(&self.pool).await?;
        let mut loaded: HashMap<String, Loaded<D::State>> = HashMap::with_capacity(ids.len());
        for row in &rows {
            let event = recorded(row)?;
            let known = loaded
                .entry(event.aggregate_id.clone())
                .or_insert_with(|| Loaded { state: D::State::default(), version: 0 });
            // An id that is asked for twice is answered twice.
            if event.sequence > known.version {
                D::evolve(&mut known.state, event.typed::<D::Event>()?);
                known.version = event.sequence;
            }
        }
        Ok(loaded)
    }

    /// The states of several aggregates of which the newest event tells all: in the order of `ids`.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn newest<D: Decider>(&self, ids: &[String]) -> Result<Vec<D::State>, LogError> {
        let sql = format!(
            "select {COLUMNS} from unnest($2::text[]) w (id) cross join lateral \
             (select * from events e where e.aggregate_type = $1 and e.aggregate_id = w.id \
              order by e.sequence desc limit 1) stream"
        );
        let rows = sqlx::query(&sql).bind(D::KIND).bind(ids).fetch_all(&self.pool).await?;
        let mut newest: HashMap<String, D::State> = HashMap::with_capacity(ids.len());
        for row in &rows {
            let event = recorded(row)?;
            D::evolve(newest.entry(event.aggregate_id.clone()).or_default(), event.typed::<D::Event>()?);
        }
        Ok(ids.iter().map(|id| newest.get(id).cloned().unwrap_or_default()).collect())
    }

    /// The last position that belongs to a moment; `i64::MAX` for now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn position_as_of(&self, as_of: AsOf) -> Result<i64, LogError> {
        match as_of {
            AsOf::Now => Ok(i64::MAX),
            AsOf::Position(position) => Ok(position),
            AsOf::Time(time) => {
                Ok(sqlx::query_scalar("select souk_position_at($1)").bind(time).fetch_one(&self.pool).await?)
            }
        }
    }

    /// When the event at a position was recorded; `None` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recorded_at(&self, position: i64) -> Result<Option<DateTime<Utc>>, LogError> {
        let query = sqlx::query_scalar("select recorded_at from events where position = $1");
        Ok(query.bind(position).fetch_optional(&self.pool).await?)
    }

    /// Asks the database how far the log reaches, and lets every follower know.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh_head(&self) -> Result<LogPosition, LogError> {
        let head = read_head(&self.pool).await?;
        self.tail.advance(head);
        Ok(head)
    }
}

/// The events that pass `filter`, without order or limit.
pub(crate) fn select(filter: &EventFilter) -> QueryBuilder<'_, Postgres> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS).push(" from events where position > ").push_bind(filter.after);
    if let Some(up_to) = filter.up_to {
        query.push(" and position <= ").push_bind(up_to);
    }
    if let Some(kind) = &filter.aggregate_type {
        query.push(" and aggregate_type = ").push_bind(kind);
    }
    if let Some(id) = &filter.aggregate_id {
        query.push(" and aggregate_id = ").push_bind(id);
    }
    if !filter.event_types.is_empty() {
        query.push(" and event_type = any(").push_bind(&filter.event_types).push(")");
    }
    if let Some(actor) = filter.actor {
        query.push(" and metadata ->> 'actor' = ").push_bind(actor.to_string());
    }
    if let Some(from) = filter.from {
        query.push(" and position > souk_position_before(").push_bind(from).push(")");
    }
    if let Some(to) = filter.to {
        query.push(" and position <= souk_position_at(").push_bind(to).push(")");
    }
    query
}

/// The first event of each of these streams, by id, on a connection of the caller's: what a projection must know of a
/// stream that began in an earlier batch, and need not remember, because the log does. Streams that do not exist are
/// left out.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn beginnings(
    connection: &mut PgConnection,
    kind: &str,
    ids: &[String],
) -> Result<HashMap<String, RecordedEvent>, sqlx::Error> {
    // One look-up in the streams' index each, whatever the planner thinks of the table's size.
    let sql = format!(
        "select {COLUMNS} from unnest($2::text[]) w (id) cross join lateral \
         (select * from events e where e.aggregate_type = $1 and e.aggregate_id = w.id and e.sequence = 1) stream"
    );
    let rows = sqlx::query(&sql).bind(kind).bind(ids).fetch_all(connection).await?;
    by_stream(&rows)
}

/// The newest event of one type before a position in each of these streams, by id; streams without one are left out.
///
/// # Errors
/// As [`beginnings`].
pub async fn newest_before(
    connection: &mut PgConnection,
    kind: &str,
    ids: &[String],
    event_type: &str,
    before: i64,
) -> Result<HashMap<String, RecordedEvent>, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from unnest($2::text[]) w (id) cross join lateral \
         (select * from events e where e.aggregate_type = $1 and e.aggregate_id = w.id and e.event_type = $3 \
             and e.position < $4 order by e.sequence desc limit 1) stream"
    );
    let query = sqlx::query(&sql).bind(kind).bind(ids).bind(event_type).bind(before);
    by_stream(&query.fetch_all(connection).await?)
}

fn by_stream(rows: &[PgRow]) -> Result<HashMap<String, RecordedEvent>, sqlx::Error> {
    let read = |row| {
        recorded(row).map_err(|error| match error {
            LogError::Database(error) => error,
            damaged => sqlx::Error::Decode(Box::new(damaged)),
        })
    };
    rows.iter().map(|row| read(row).map(|event| (event.aggregate_id.clone(), event))).collect()
}

pub(crate) async fn read_head<'e>(executor: impl PgExecutor<'e>) -> Result<LogPosition, sqlx::Error> {
    let row =
        sqlx::query("select (select epoch from log_epoch), coalesce((select max(position) from events), 0)")
            .fetch_one(executor)
            .await?;
    let epoch: i32 = row.try_get(0)?;
    Ok(LogPosition {
        epoch: u32::try_from(epoch).unwrap_or(0),
        position: row.try_get(1)?,
    })
}

pub(crate) fn recorded(row: &PgRow) -> Result<RecordedEvent, LogError> {
    let position: i64 = row.try_get(0)?;
    let version: String = row.try_get(5)?;
    let metadata: &str = row.try_get(7)?;
    let metadata: Metadata = serde_json::from_str(metadata)
        .map_err(|error| LogError::Damaged(format!("metadata of event {position}: {error}")))?;
    Ok(RecordedEvent {
        position,
        aggregate_type: row.try_get(1)?,
        aggregate_id: row.try_get(2)?,
        sequence: row.try_get(3)?,
        event_type: row.try_get(4)?,
        event_version: version
            .parse()
            .map_err(|_| LogError::Damaged(format!("version of event {position}: {version}")))?,
        payload: row.try_get(6)?,
        metadata,
        recorded_at: row.try_get(8)?,
        typed: std::sync::OnceLock::new(),
    })
}
