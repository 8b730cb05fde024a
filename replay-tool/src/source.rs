//! Where the log is read from: a database, or an exported file.

use chrono::{DateTime, Utc};
use domain::decider::Decider;
use event_store::{AsOf, EventFilter, LogPosition, LogReader, RecordedEvent, StoredEvent};

use crate::archive::Archive;

/// A log that can be read.
pub(crate) enum Source {
    Database(LogReader),
    File(Box<Archive>),
}

impl Source {
    /// How far it reaches: of a database, how far it did when it was opened.
    pub(crate) fn head(&self) -> LogPosition {
        match self {
            Self::Database(reader) => reader.head(),
            Self::File(archive) => archive.head(),
        }
    }

    /// The last position that belongs to a moment; at most that of [`Self::head`].
    pub(crate) async fn position_as_of(&self, as_of: AsOf) -> anyhow::Result<i64> {
        let position = match (self, as_of) {
            (_, AsOf::Now) => i64::MAX,
            (_, AsOf::Position(position)) => position,
            (Self::Database(reader), AsOf::Time(_)) => reader.position_as_of(as_of).await?,
            (Self::File(archive), AsOf::Time(time)) => archive.position_at(time),
        };
        Ok(position.min(self.head().position))
    }

    /// Up to `limit` events that pass `filter`, in order of position, as they are stored.
    pub(crate) async fn read_stored(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> anyhow::Result<Vec<StoredEvent>> {
        match self {
            Self::Database(reader) => Ok(reader.read_stored(filter, false, limit).await?),
            Self::File(archive) => archive.read_stored(filter, limit),
        }
    }

    /// Up to `limit` events that pass `filter`, in order of position.
    pub(crate) async fn read(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> anyhow::Result<Vec<RecordedEvent>> {
        match self {
            Self::Database(reader) => Ok(reader.read(filter, limit).await?),
            Self::File(archive) => {
                let stored = archive.read_stored(filter, limit)?;
                Ok(stored.into_iter().map(RecordedEvent::try_from).collect::<Result<_, _>>()?)
            }
        }
    }

    /// One stream up to a position.
    pub(crate) async fn read_stream(
        &self,
        kind: &str,
        id: &str,
        up_to: i64,
    ) -> anyhow::Result<Vec<RecordedEvent>> {
        let filter = EventFilter {
            up_to: Some(up_to),
            aggregate_type: Some(kind.to_owned()),
            aggregate_id: Some(id.to_owned()),
            ..EventFilter::default()
        };
        match self {
            Self::Database(reader) => Ok(reader.read_stream(kind, id, 0, AsOf::Position(up_to)).await?),
            Self::File(_) => self.read(&filter, usize::MAX).await,
        }
    }

    /// One aggregate, folded up to a position.
    pub(crate) async fn load<D: Decider>(&self, id: &str, up_to: i64) -> anyhow::Result<D::State> {
        let mut state = D::State::default();
        for event in self.read_stream(D::KIND, id, up_to).await? {
            D::evolve(&mut state, event.typed::<D::Event>()?);
        }
        Ok(state)
    }

    /// Who holds a claim now.
    pub(crate) async fn claim(&self, scope: &str, key: &str) -> anyhow::Result<Option<String>> {
        match self {
            Self::Database(reader) => {
                let holder = sqlx::query_scalar("select holder from claims where scope = $1 and key = $2");
                Ok(holder.bind(scope).bind(key).fetch_optional(reader.pool()).await?)
            }
            Self::File(archive) => Ok(archive.claim(scope, key)),
        }
    }

    /// Position, time and metadata of the events of a range, in the order of the log.
    pub(crate) async fn headers(
        &self,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> anyhow::Result<Vec<(i64, DateTime<Utc>, String)>> {
        match self {
            Self::Database(reader) => Ok(sqlx::query_as(
                "select position, recorded_at, metadata::text from events \
                 where position > $1 and position <= $2 order by position limit $3",
            )
            .bind(after)
            .bind(up_to)
            .bind(limit)
            .fetch_all(reader.pool())
            .await?),
            Self::File(archive) => {
                let filter = EventFilter { after, up_to: Some(up_to), ..EventFilter::default() };
                let events = archive.read_stored(&filter, usize::try_from(limit)?)?;
                Ok(events
                    .into_iter()
                    .map(|event| (event.position, event.recorded_at, event.metadata))
                    .collect())
            }
        }
    }

    /// Every event, stream by stream.
    pub(crate) fn walk(&self, up_to: i64) -> Walk<'_> {
        let order = match self {
            Self::Database(_) => Vec::new(),
            Self::File(archive) => archive.by_stream(),
        };
        Walk {
            source: self,
            up_to,
            at: (String::new(), String::new(), 0),
            order: order.into_iter(),
        }
    }
}

/// A way through the log, stream by stream, each in the order of its sequence.
pub(crate) struct Walk<'a> {
    source: &'a Source,
    up_to: i64,
    /// Id, kind and sequence of the last event.
    at: (String, String, i64),
    /// In a file: the positions that come.
    order: std::vec::IntoIter<i64>,
}

impl Walk<'_> {
    /// The next events, empty at the end; from a database without their metadata, and by the index that keeps versions
    /// unique.
    pub(crate) async fn page(&mut self, limit: i64) -> anyhow::Result<Vec<StoredEvent>> {
        let reader = match self.source {
            Source::Database(reader) => reader,
            Source::File(archive) => {
                let positions = self.order.by_ref().take(usize::try_from(limit)?);
                return positions.map(|position| archive.event(position)).collect();
            }
        };
        let page: Vec<StoredEvent> = sqlx::query_as(
            "select position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text, \
                    '', recorded_at \
               from events \
              where (aggregate_id, aggregate_type, sequence) > ($1, $2, $3) and position <= $4 \
              order by aggregate_id, aggregate_type, sequence limit $5",
        )
        .bind(&self.at.0)
        .bind(&self.at.1)
        .bind(self.at.2)
        .bind(self.up_to)
        .bind(limit)
        .fetch_all(reader.pool())
        .await?;
        if let Some(last) = page.last() {
            self.at = (last.aggregate_id.clone(), last.aggregate_type.clone(), last.sequence);
        }
        Ok(page)
    }
}
