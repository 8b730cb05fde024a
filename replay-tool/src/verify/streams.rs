//! Stream by stream: dense from 1, in the order of the log, every event readable and lifted to its newest version,
//! every state sound.

use event_store::StoredEvent;
use indicatif::ProgressBar;

use super::{Fault, PAGE, Report};
use crate::{
    kinds::{self, Fold},
    source::Source,
};

/// How much there was to look at.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) events: u64,
    pub(super) streams: u64,
}

/// Walks through every stream, one after the other, so that memory holds one state at a time.
///
/// # Errors
/// When the database fails: what was not read is never counted as sound.
pub(super) async fn check(
    source: &Source,
    head: i64,
    report: &mut Report,
    bar: &ProgressBar,
) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut stream = Stream::default();
    let mut walk = source.walk(head);
    loop {
        let page = walk.page(PAGE).await?;
        if page.is_empty() {
            return Ok(seen);
        }
        for event in &page {
            if event.aggregate_type != stream.kind || event.aggregate_id != stream.id {
                stream = Stream::begin(event, report);
                seen.streams += 1;
            }
            stream.see(event, report);
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
    fn begin(first: &StoredEvent, report: &mut Report) -> Self {
        let StoredEvent { aggregate_type: kind, aggregate_id: id, position, .. } = first;
        let known = kinds::find(kind);
        if known.is_none() {
            let message = format!("event {position}: {kind} is no kind of stream that this program knows");
            report.fault(Fault::new("kind-unknown", message).at(*position));
        }
        Self {
            kind: kind.clone(),
            id: id.clone(),
            sequence: 0,
            position: 0,
            state: known.map(|kind| (kind.empty)()),
        }
    }

    fn see(&mut self, event: &StoredEvent, report: &mut Report) {
        let StoredEvent { position, sequence, .. } = event;
        let at = format!("event {position} ({}/{} sequence {sequence})", self.kind, self.id);
        if *sequence != self.sequence + 1 {
            let message = format!("{at}: the stream has no sequence {}", self.sequence + 1);
            report.fault(Fault::new("sequence-missing", message).at(*position));
            self.state = None;
        }
        if *position <= self.position {
            let message = format!("{at}: stands before its predecessor at {}", self.position);
            report.fault(Fault::new("order-differs", message).at(*position));
        }
        self.sequence = *sequence;
        self.position = *position;
        let Some(state) = &mut self.state else { return };
        let added = match event.event_version.parse() {
            Ok(version) => state.add(&event.event_type, version, &event.payload),
            Err(_) => Err(format!("version {} is no number", event.event_version)),
        };
        if let Err(reason) = added {
            report.fault(Fault::new("event-unsound", format!("{at}: {reason}")).at(*position));
            self.state = None;
        }
    }
}
