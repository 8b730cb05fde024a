//! The aggregates that a node's writer holds folded, bounded in number.
//!
//! Two generations instead of an exact LRU: what is used moves to the young one; when that has half of the capacity,
//! the old one is dropped whole. Every operation is constant time and nothing is copied.

use std::collections::HashMap;

use serde::Serialize;

use crate::{Interrupt, RecordedEvent, StreamRef, stream::StreamState};

struct Entry {
    state: Box<dyn StreamState>,
    version: i64,
}

/// By kind, then by id, so that looking up borrows its key.
type Generation = HashMap<&'static str, HashMap<String, Entry>>;

pub(crate) struct Memory {
    young: Generation,
    old: Generation,
    young_len: usize,
    capacity: usize,
    /// Where events are written down first: so that each text is allocated once, in its length.
    scratch: Vec<u8>,
}

impl Memory {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_len: 0,
            capacity: capacity.max(2),
            scratch: Vec::new(),
        }
    }

    /// An event as JSON.
    pub(crate) fn text_of(&mut self, event: &impl Serialize) -> Result<String, Interrupt> {
        const FAULT: Interrupt = Interrupt::Misuse("an event cannot be serialized");
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, event).map_err(|_| FAULT)?;
        std::str::from_utf8(&self.scratch).map(str::to_owned).map_err(|_| FAULT)
    }

    /// Whether the stream is held; if so it is young again.
    pub(crate) fn holds(&mut self, kind: &'static str, id: &str) -> bool {
        if self.young.get(kind).is_some_and(|streams| streams.contains_key(id)) {
            return true;
        }
        let Some((id, entry)) = self.old.get_mut(kind).and_then(|streams| streams.remove_entry(id)) else {
            return false;
        };
        self.put(kind, id, entry);
        true
    }

    pub(crate) fn insert(&mut self, stream: StreamRef, state: Box<dyn StreamState>, version: i64) {
        self.remove(stream.kind, &stream.id);
        self.put(stream.kind, stream.id, Entry { state, version });
    }

    fn put(&mut self, kind: &'static str, id: String, entry: Entry) {
        if self.young.entry(kind).or_default().insert(id, entry).is_none() {
            self.young_len += 1;
        }
    }

    /// Ages the generations. Called between batches only, so that nothing vanishes under a decision.
    pub(crate) fn age(&mut self) {
        if self.young_len > self.capacity / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_len = 0;
        }
    }

    fn entry(&self, kind: &str, id: &str) -> Option<&Entry> {
        let within = |generation: &'_ Generation| generation.get(kind).is_some_and(|s| s.contains_key(id));
        let generation = if within(&self.young) {
            &self.young
        } else {
            &self.old
        };
        generation.get(kind).and_then(|streams| streams.get(id))
    }

    fn entry_mut(&mut self, kind: &str, id: &str) -> Option<&mut Entry> {
        let young = self.young.get(kind).is_some_and(|streams| streams.contains_key(id));
        let generation = if young { &mut self.young } else { &mut self.old };
        generation.get_mut(kind).and_then(|streams| streams.get_mut(id))
    }

    pub(crate) fn state(&self, kind: &str, id: &str) -> Option<&dyn StreamState> {
        self.entry(kind, id).map(|entry| entry.state.as_ref())
    }

    /// The number of events folded; 0 for a stream that is empty or not held.
    pub(crate) fn version(&self, kind: &str, id: &str) -> i64 {
        self.entry(kind, id).map_or(0, |entry| entry.version)
    }

    /// Adds one of this node's own events; answers its sequence.
    pub(crate) fn evolve(
        &mut self,
        kind: &str,
        id: &str,
        evolve: impl FnOnce(&mut dyn StreamState),
    ) -> Option<i64> {
        let entry = self.entry_mut(kind, id)?;
        evolve(entry.state.as_mut());
        entry.version += 1;
        Some(entry.version)
    }

    /// Adds another node's event, if its stream is held and does not have it yet. A stream that cannot follow
    /// (an event is missing or unreadable) is dropped, and read anew when it is needed.
    pub(crate) fn follow(&mut self, event: &RecordedEvent) {
        let Some(entry) = self.entry_mut(&event.aggregate_type, &event.aggregate_id) else {
            return;
        };
        if event.sequence <= entry.version {
            return;
        }
        let folded = event.sequence == entry.version + 1 && entry.state.fold(event).is_ok();
        if folded {
            entry.version = event.sequence;
        } else {
            self.remove(&event.aggregate_type, &event.aggregate_id);
        }
    }

    pub(crate) fn remove(&mut self, kind: &str, id: &str) {
        if self.young.get_mut(kind).is_some_and(|streams| streams.remove(id).is_some()) {
            self.young_len -= 1;
        }
        if let Some(streams) = self.old.get_mut(kind) {
            streams.remove(id);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
        self.young_len = 0;
    }
}
