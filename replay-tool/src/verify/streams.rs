//! Stream by stream: dense from 1, in the order of the log, every event readable and lifted to its newest version,
//! every state sound.

use event_store::LogReader;
use indicatif::ProgressBar;

use super::{PAGE, Report};
use crate::kinds::{self, Fold};

/// position, kind, id, sequence, name, version, payload
type Row = (i64, String, String, i64, String, String, String);

/// How much there was to look at.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) events: u64,
    pub(super) streams: u64,
}

/// Walks through every stream by the index that keeps versions unique, so that memory holds one state at a time.
///
/// # Errors
/// When the database fails: what was not read is never counted as sound.
pub(super) async fn check(
    reader: &LogReader,
    head: i64,
    report: &mut Report,
    bar: &ProgressBar,
) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut stream = Stream::default();
    loop {
        let page: Vec<Row> = sqlx::query_as(
            "select position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text \
               from events \
              where (aggregate_id, aggregate_type, sequence) > ($1, $2, $3) and position <= $4 \
              order by aggregate_id, aggregate_type, sequence limit $5",
        )
        .bind(&stream.id)
        .bind(&stream.kind)
        .bind(stream.sequence)
        .bind(head)
        .bind(PAGE)
        .fetch_all(reader.pool())
        .await?;
        if page.is_empty() {
            return Ok(seen);
        }
        for row in &page {
            if row.1 != stream.kind || row.2 != stream.id {
                stream = Stream::begin(&row.1, &row.2, row.0, report);
                seen.streams += 1;
            }
            stream.see(row, report);
        }
        seen.events += u64::try_from(page.len())?;
        bar.set_position(seen.events);
    }
}

/// The stream at hand.
#[derive(Default)]
struct Stream {
    kind: String,
    id: String,
    sequence: i64,
    position: i64,
    /// `None` for an unknown kind, and once its history could not be read: what follows would be nonsense.
    state: Option<Box<dyn Fold + Send>>,
}

impl Stream {
    fn begin(kind: &str, id: &str, position: i64, report: &mut Report) -> Self {
        let known = kinds::find(kind);
        if known.is_none() {
            report.fault(&format!("event {position}: {kind} is no kind of stream that this program knows"));
        }
        Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
            sequence: 0,
            position: 0,
            state: known.map(|kind| (kind.empty)()),
        }
    }

    fn see(&mut self, row: &Row, report: &mut Report) {
        let (position, _, _, sequence, name, version, payload) = row;
        let at = format!("event {position} ({}/{} sequence {sequence})", self.kind, self.id);
        if *sequence != self.sequence + 1 {
            report.fault(&format!("{at}: the stream has no sequence {}", self.sequence + 1));
            self.state = None;
        }
        if *position <= self.position {
            report.fault(&format!("{at}: stands before its predecessor at {}", self.position));
        }
        self.sequence = *sequence;
        self.position = *position;
        let Some(state) = &mut self.state else { return };
        let added = match version.parse() {
            Ok(version) => state.add(name, version, payload),
            Err(_) => Err(format!("version {version} is no number")),
        };
        if let Err(reason) = added {
            report.fault(&format!("{at}: {reason}"));
            self.state = None;
        }
    }
}
