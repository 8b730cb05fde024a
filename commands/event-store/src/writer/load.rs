//! Bringing aggregates into memory, and up to date with other nodes.

use std::collections::HashMap;

use sqlx::{PgConnection, postgres::PgRow};

use super::{FOLLOW_LIMIT, Setback, Ticket, Writer, staged::Ground, within};
use crate::{
    LogError, RecordedEvent, StreamRef,
    reader::{COLUMNS, recorded},
    stream::StreamState,
};

/// A stream on its way into memory.
struct Reading {
    stream: StreamRef,
    state: Box<dyn StreamState>,
    version: i64,
    /// False once an event could not be read: the stream is not kept, and its commands fail.
    readable: bool,
}

impl Reading {
    fn of(stream: StreamRef) -> Self {
        let state = (stream.empty)();
        Self { stream, state, version: 0, readable: true }
    }

    fn fold(&mut self, event: &RecordedEvent) {
        if !self.stream.newest_suffices && event.sequence != self.version + 1 {
            tracing::error!(position = event.position, "an event of a stream is missing before this one");
            self.readable = false;
        }
        if let Err(error) = self.state.fold(event) {
            tracing::error!(error = %error, "a stream cannot be folded");
            self.readable = false;
        }
        self.version = event.sequence;
    }
}

impl Writer {
    /// The named streams that must be read first.
    pub(super) fn missing(&mut self, batch: &[Ticket]) -> Vec<StreamRef> {
        let mut missing: Vec<StreamRef> = Vec::new();
        for stream in batch.iter().flat_map(|ticket| &ticket.job.unit().streams) {
            let known = stream.is_new
                || self.memory.holds(stream.kind, &stream.id)
                || missing.iter().any(|other| other.kind == stream.kind && other.id == stream.id);
            if !known {
                missing.push(stream.clone());
            }
        }
        missing
    }

    /// Reads streams into memory, before the lock is taken.
    pub(super) async fn preload(&mut self, missing: Vec<StreamRef>) -> Result<(), Setback> {
        if missing.is_empty() {
            return Ok(());
        }
        let mut connection = self.connected().await?;
        let io = self.options.io_timeout;
        let (windowed, whole): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|stream| stream.newest_suffices);
        for (streams, condition) in [(whole, ""), (windowed, NEWEST)] {
            if !streams.is_empty() {
                let rows = within(io * 5, read_streams(&mut connection, &streams, condition)).await?;
                self.remember(streams, &rows);
            }
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn remember(&mut self, streams: Vec<StreamRef>, rows: &[PgRow]) {
        let mut readings: HashMap<(String, String), Reading> = streams
            .into_iter()
            .map(|stream| ((stream.kind.to_owned(), stream.id.clone()), Reading::of(stream)))
            .collect();
        // A row that cannot be read at all leaves a hole, which makes its stream unreadable.
        for event in rows.iter().filter_map(|row| recorded(row).ok()) {
            let key = (event.aggregate_type.clone(), event.aggregate_id.clone());
            if let Some(reading) = readings.get_mut(&key) {
                reading.fold(&event);
            }
        }
        for Reading { stream, state, version, readable } in readings.into_values() {
            if readable {
                self.memory.insert(stream, state, version);
            }
        }
    }

    /// Folds what other nodes appended since this node's last batch. Runs under the lock.
    pub(super) async fn follow(
        &mut self,
        connection: &mut PgConnection,
        ground: &Ground,
    ) -> Result<(), sqlx::Error> {
        let behind = ground.last - self.seen;
        if behind == 0 {
            return Ok(());
        }
        if !(0..=FOLLOW_LIMIT).contains(&behind) {
            self.memory.clear();
            self.seen = ground.last;
            return Ok(());
        }
        let sql =
            format!("select {COLUMNS} from events where position > $1 and position <= $2 order by position");
        let rows = sqlx::query(&sql).bind(self.seen).bind(ground.last).fetch_all(connection).await?;
        for row in &rows {
            match recorded(row) {
                Ok(event) => self.memory.follow(&event),
                Err(LogError::Database(error)) => return Err(error),
                Err(error) => {
                    tracing::error!(error = %error, "another node's event cannot be read; memory is dropped");
                    self.memory.clear();
                }
            }
        }
        self.seen = ground.last;
        Ok(())
    }
}

const NEWEST: &str = "and e.sequence = (select max(n.sequence) from events n \
                      where n.aggregate_type = e.aggregate_type and n.aggregate_id = e.aggregate_id)";

async fn read_streams(
    connection: &mut PgConnection,
    streams: &[StreamRef],
    condition: &str,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from events e join unnest($1::text[], $2::text[]) w (aggregate_type, aggregate_id) \
         using (aggregate_type, aggregate_id) where true {condition} order by position"
    );
    sqlx::query(&sql)
        .bind(streams.iter().map(|stream| stream.kind).collect::<Vec<_>>())
        .bind(streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
}
