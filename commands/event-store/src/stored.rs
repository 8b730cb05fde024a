//! Events as they are stored: for auditors, whose evidence is the text itself.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, Row, postgres::PgRow};

use crate::{EventFilter, LogError, LogReader, Metadata, RecordedEvent, reader::select};

/// One row of the log, nothing of it decoded. Also what this program could not read can be shown like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the total order, gapless from 1.
    pub position: i64,
    /// The kind of aggregate, such as `order`.
    pub aggregate_type: String,
    /// Which aggregate.
    pub aggregate_id: String,
    /// Its place in the stream, dense from 1.
    pub sequence: i64,
    /// Its stored name.
    pub event_type: String,
    /// Its schema version, as text.
    pub event_version: String,
    /// The JSON text as written.
    pub payload: String,
    /// The JSON text as written.
    pub metadata: String,
    /// When it was written; never earlier than that of a lower position.
    pub recorded_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for StoredEvent {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            position: row.try_get(0)?,
            aggregate_type: row.try_get(1)?,
            aggregate_id: row.try_get(2)?,
            sequence: row.try_get(3)?,
            event_type: row.try_get(4)?,
            event_version: row.try_get(5)?,
            payload: row.try_get(6)?,
            metadata: row.try_get(7)?,
            recorded_at: row.try_get(8)?,
        })
    }
}

impl LogReader {
    /// Up to `limit` events that pass `filter`, lowest position first, or highest where `newest_first`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_stored(
        &self,
        filter: &EventFilter,
        newest_first: bool,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LogError> {
        let mut query = select(filter);
        query.push(if newest_first {
            " order by position desc"
        } else {
            " order by position"
        });
        query.push(" limit ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        Ok(query.build_query_as().fetch_all(self.pool()).await?)
    }
}

impl TryFrom<StoredEvent> for RecordedEvent {
    type Error = LogError;

    /// Decodes everything but the payload.
    fn try_from(stored: StoredEvent) -> Result<Self, LogError> {
        let position = stored.position;
        let metadata: Metadata = serde_json::from_str(&stored.metadata)
            .map_err(|error| LogError::Damaged(format!("metadata of event {position}: {error}")))?;
        let version = stored.event_version;
        Ok(Self {
            position,
            aggregate_type: stored.aggregate_type,
            aggregate_id: stored.aggregate_id,
            sequence: stored.sequence,
            event_type: stored.event_type,
            event_version: version
                .parse()
                .map_err(|_| LogError::Damaged(format!("version of event {position}: {version}")))?,
            payload: stored.payload,
            metadata,
            recorded_at: stored.recorded_at,
            typed: OnceLock::new(),
        })
    }
}
