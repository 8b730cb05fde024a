//! An exported log as it lies there: read without a database. In memory there is an index of it, not the log.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Seek},
    os::unix::fs::FileExt,
    path::Path,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use event_store::{EventFilter, LogPosition, Metadata, StoredEvent, evidence::Hash};

use super::{
    Key, Line, SignedHead, evidence,
    sealed::{Part, Sealed},
};
use crate::{
    failure::{Code, failure},
    output,
};

/// An exported log whose seal was found unbroken.
pub(crate) struct Archive {
    file: File,
    head: LogPosition,
    /// By position, from 1.
    entries: Vec<Entry>,
    /// Kind and id of every stream, in the order in which they began.
    streams: Vec<(String, String)>,
    /// The positions of each stream's events.
    positions: HashMap<(String, String), (usize, Vec<i64>)>,
    /// Holders by scope and key.
    claims: HashMap<(String, String), String>,
    sealed: Evidence,
}

/// What the file holds of the tree over its events.
#[derive(Default)]
pub(crate) struct Evidence {
    /// Of the events from the first one on.
    pub(crate) leaves: Vec<Hash>,
    pub(crate) keys: Vec<Key>,
    pub(crate) heads: Vec<SignedHead>,
}

struct Entry {
    at: u64,
    len: usize,
    recorded_at: DateTime<Utc>,
    sequence: i64,
    stream: usize,
}

impl Archive {
    /// Reads the whole file once.
    ///
    /// # Errors
    /// When it cannot be read, or is not the whole of an exported log, unchanged.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let unreadable = || format!("{} cannot be read", path.display());
        let mut file = File::open(path).with_context(unreadable)?;
        // Later every event is read from its place, which pipes do not have.
        if file.stream_position().is_err() || !file.metadata().with_context(unreadable)?.is_file() {
            return Err(failure(Code::File, format!("{} is no plain file", path.display())));
        }
        let mut sealed = Sealed::open(BufReader::with_capacity(256 * 1024, file.try_clone()?))?;
        let epoch = u32::try_from(sealed.head.epoch)?;
        let head = LogPosition { epoch, position: sealed.head.position };
        let bar = output::progress("reading the file", u64::try_from(head.position)?);
        let mut archive = Self {
            file,
            head,
            entries: Vec::new(),
            streams: Vec::new(),
            positions: HashMap::new(),
            claims: HashMap::new(),
            sealed: Evidence::default(),
        };
        loop {
            match sealed.next()? {
                Part::Event { event, at, len } => {
                    let key = (event.aggregate_type, event.aggregate_id);
                    let streams = &mut archive.streams;
                    let (stream, positions) = archive.positions.entry(key.clone()).or_insert_with(|| {
                        streams.push(key);
                        (streams.len() - 1, Vec::new())
                    });
                    positions.push(event.position);
                    let (recorded_at, sequence, stream) = (event.recorded_at, event.sequence, *stream);
                    archive.entries.push(Entry { at, len, recorded_at, sequence, stream });
                    bar.inc(1);
                }
                Part::Claim(claim) => {
                    archive.claims.insert((claim.scope, claim.key), claim.holder);
                }
                Part::Leaves(leaves) => evidence::unpack(&leaves, &mut archive.sealed.leaves)?,
                Part::Key(key) => archive.sealed.keys.push(key),
                Part::Head(head) => archive.sealed.heads.push(head),
                Part::End(_) => {
                    bar.finish_and_clear();
                    return Ok(archive);
                }
            }
        }
    }

    pub(crate) const fn head(&self) -> LogPosition {
        self.head
    }

    pub(crate) const fn sealed(&self) -> &Evidence {
        &self.sealed
    }

    pub(crate) fn claim(&self, scope: &str, key: &str) -> Option<String> {
        self.claims.get(&(scope.to_owned(), key.to_owned())).cloned()
    }

    /// The last position recorded at or before a time.
    pub(crate) fn position_at(&self, time: DateTime<Utc>) -> i64 {
        let before = self.entries.partition_point(|entry| entry.recorded_at <= time);
        i64::try_from(before).unwrap_or(i64::MAX)
    }

    fn position_before(&self, time: DateTime<Utc>) -> i64 {
        let before = self.entries.partition_point(|entry| entry.recorded_at < time);
        i64::try_from(before).unwrap_or(i64::MAX)
    }

    /// Up to `limit` events that pass `filter`, in order of position.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub(crate) fn read_stored(&self, filter: &EventFilter, limit: usize) -> anyhow::Result<Vec<StoredEvent>> {
        let first = filter.from.map_or(0, |from| self.position_before(from)).max(filter.after) + 1;
        let last = filter.to.map_or(i64::MAX, |to| self.position_at(to));
        let last = last.min(filter.up_to.unwrap_or(i64::MAX)).min(self.head.position);
        let mut found = Vec::new();
        for position in self.candidates(filter, first, last) {
            if found.len() >= limit {
                break;
            }
            if filter.aggregate_type.as_ref().is_some_and(|kind| *kind != self.stream_of(position).0) {
                continue;
            }
            let event = self.event(position)?;
            if !filter.event_types.is_empty() && !filter.event_types.contains(&event.event_type) {
                continue;
            }
            if let Some(actor) = filter.actor {
                // One whose metadata cannot be read is nobody's.
                let metadata = serde_json::from_str::<Metadata>(&event.metadata);
                if !metadata.is_ok_and(|metadata| metadata.actor == actor) {
                    continue;
                }
            }
            found.push(event);
        }
        Ok(found)
    }

    /// The positions that may pass, in order.
    fn candidates(&self, filter: &EventFilter, first: i64, last: i64) -> Box<dyn Iterator<Item = i64> + '_> {
        let (Some(kind), Some(id)) = (&filter.aggregate_type, &filter.aggregate_id) else {
            return Box::new(first..=last);
        };
        let positions = self.positions.get(&(kind.clone(), id.clone()));
        let positions = positions.map(|(_, positions)| positions.as_slice()).unwrap_or_default();
        Box::new(positions.iter().copied().filter(move |position| (first..=last).contains(position)))
    }

    fn entry(&self, position: i64) -> anyhow::Result<&Entry> {
        let entry = usize::try_from(position - 1).ok().and_then(|index| self.entries.get(index));
        entry.with_context(|| format!("there is no position {position}"))
    }

    fn stream_of(&self, position: i64) -> (&str, &str) {
        let stream = self.entry(position).ok().and_then(|entry| self.streams.get(entry.stream));
        stream.map_or(("", ""), |(kind, id)| (kind, id))
    }

    /// The event at a position.
    ///
    /// # Errors
    /// When the file cannot be read any more, or is not what it was.
    pub(crate) fn event(&self, position: i64) -> anyhow::Result<StoredEvent> {
        let entry = self.entry(position)?;
        let mut text = vec![0; entry.len];
        self.file.read_exact_at(&mut text, entry.at).context("the file cannot be read any more")?;
        let changed = || failure(Code::NotWhole, "the file is changing while it is read");
        let Ok(Line::Event(event)) = serde_json::from_slice(&text) else {
            return Err(changed());
        };
        if event.position != position {
            return Err(changed());
        }
        Ok(StoredEvent {
            position: event.position,
            aggregate_type: event.aggregate_type,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            payload: event.payload.get().to_owned(),
            metadata: event.metadata.get().to_owned(),
            recorded_at: event.recorded_at,
        })
    }

    /// Every position, stream by stream, each in the order of its sequence.
    pub(crate) fn by_stream(&self) -> Vec<i64> {
        let mut order: Vec<(usize, i64, i64)> = self
            .entries
            .iter()
            .zip(1..)
            .map(|(entry, position)| (entry.stream, entry.sequence, position))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, _, position)| position).collect()
    }
}
