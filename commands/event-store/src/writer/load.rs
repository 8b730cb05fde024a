//! Bringing aggregates into memory, and up to date with other nodes.

use std::collections::HashMap;

use sqlx::{PgConnection, postgres::PgRow};

use super::{FOLLOW_LIMIT, Setback, Ticket, Writer, staged::Ground, time::within};
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
        for (streams, newest) in [(whole, false), (windowed, true)] {
            if !streams.is_empty() {
                let rows = within(io * 5, read_streams(&mut connection, &streams, newest)).await?;
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

/// One look-up in the stream's index each, whatever the planner thinks of the table's size.
async fn read_streams(
    connection: &mut PgConnection,
    streams: &[StreamRef],
    newest: bool,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let slice = if newest {
        "order by e.sequence desc limit 1"
    } else {
        "order by e.sequence"
    };
    let sql = format!(
        "select {COLUMNS} from unnest($1::text[], $2::text[]) w (kind, id) cross join lateral \
         (select * from events e where e.aggregate_type = w.kind and e.aggregate_id = w.id {slice}) stream"
    );
    sqlx::query(&sql)
        .bind(streams.iter().map(|stream| stream.kind).collect::<Vec<_>>())
        .bind(streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
}
