//! The newest part of the log in memory, and the bell that rings when it grows.
//!
//! What this node writes is handed on without reading it back; what other nodes write arrives through
//! `LISTEN souk_log`, with a slow poll as a net. Subscriptions fall back to the table for anything older.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::watch;

use crate::{LogPosition, RecordedEvent, kinds::Kinds};

/// Follows how far the log reaches.
pub type Head = watch::Receiver<LogPosition>;

pub(crate) struct Tail {
    head: watch::Sender<LogPosition>,
    recent: RwLock<VecDeque<Held>>,
    capacity: usize,
}

struct Held {
    position: i64,
    /// Beside the event, so that whoever does not take it need not look at it.
    kind: Kinds,
    event: Arc<RecordedEvent>,
}

/// A part of the log, read on from a position.
pub(crate) struct Part {
    /// All events of the kinds that were asked for; others may be among them.
    pub(crate) events: Vec<Arc<RecordedEvent>>,
    /// The last position that was read.
    pub(crate) to: i64,
    /// How many events were read, of whatever kind.
    pub(crate) read: usize,
}

impl Tail {
    pub(crate) fn new(head: LogPosition, capacity: usize) -> Self {
        Self {
            head: watch::Sender::new(head),
            recent: RwLock::new(VecDeque::new()),
            capacity,
        }
    }

    pub(crate) fn head(&self) -> LogPosition {
        *self.head.borrow()
    }

    pub(crate) fn follow(&self) -> Head {
        self.head.subscribe()
    }

    /// The log is known to reach `head`; an older epoch or a lower position changes nothing. A new epoch means that
    /// what is held may not be in the log any more.
    pub(crate) fn advance(&self, head: LogPosition) {
        if head.epoch > self.head().epoch {
            self.recent.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        self.head.send_if_modified(|known| {
            let further = head > *known;
            if further {
                *known = head;
            }
            further
        });
    }

    /// Takes committed events; they directly follow what is held, or replace it.
    pub(crate) fn push(&self, events: impl IntoIterator<Item = Arc<RecordedEvent>>) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let (position, kind) = (event.position, Kinds::one(&event.event_type));
            if recent.back().is_some_and(|last| last.position + 1 != position) {
                recent.clear();
            }
            recent.push_back(Held { position, kind, event });
        }
        let surplus = recent.len().saturating_sub(self.capacity);
        recent.drain(..surplus);
    }

    /// Reads up to `limit` events after `after`, when memory holds them without a gap.
    pub(crate) fn after(&self, after: i64, limit: usize, kinds: Kinds) -> Option<Part> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.position;
        let skip = usize::try_from(after + 1 - first).ok()?;
        let end = recent.len().min(skip.saturating_add(limit));
        if skip >= end {
            // Whatever comes next is not here: another node has written it.
            return None;
        }
        let of_kind = recent.range(skip..end).filter(|held| held.kind.meet(kinds));
        Some(Part {
            events: of_kind.map(|held| Arc::clone(&held.event)).collect(),
            to: recent.get(end - 1)?.position,
            read: end - skip,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use uuid::Uuid;

    use super::*;
    use crate::{Actor, Metadata, ids};

    fn event(position: i64, event_type: &str) -> Arc<RecordedEvent> {
        Arc::new(RecordedEvent {
            position,
            aggregate_type: "order".to_owned(),
            aggregate_id: "1".to_owned(),
            sequence: position,
            event_type: event_type.to_owned(),
            event_version: 1,
            payload: "{}".to_owned(),
            metadata: Metadata {
                event_id: Uuid::nil(),
                command_id: Uuid::nil(),
                correlation_id: Uuid::nil(),
                causation_id: None,
                actor: Actor::SYSTEM,
                effective_at: None,
            },
            recorded_at: ids::now(),
            typed: OnceLock::new(),
        })
    }

    /// Positions 5 to 9, by turns of two types that share no bit.
    fn tail() -> Tail {
        let tail = Tail::new(LogPosition { epoch: 1, position: 9 }, 5);
        tail.push((1..=9).map(|position| event(position, if position % 2 == 0 { "A" } else { "B" })));
        tail
    }

    fn read(tail: &Tail, after: i64, limit: usize, kinds: Kinds) -> Option<(Vec<i64>, i64, usize)> {
        let part = tail.after(after, limit, kinds)?;
        Some((part.events.iter().map(|event| event.position).collect(), part.to, part.read))
    }

    #[test]
    fn what_is_held_is_read_on_from_any_place() {
        assert_eq!(read(&tail(), 4, 2, Kinds::ALL), Some((vec![5, 6], 6, 2)));
        assert_eq!(read(&tail(), 7, 10, Kinds::ALL), Some((vec![8, 9], 9, 2)));
    }

    #[test]
    fn what_is_of_other_kinds_is_passed_over_and_counted() {
        assert!(!Kinds::one("A").meet(Kinds::one("B")));
        assert_eq!(read(&tail(), 4, 10, Kinds::one("A")), Some((vec![6, 8], 9, 5)));
        assert_eq!(read(&tail(), 8, 10, Kinds::one("A")), Some((vec![], 9, 1)));
    }

    #[test]
    fn what_is_not_held_must_be_read_elsewhere() {
        assert_eq!(read(&tail(), 3, 10, Kinds::ALL), None);
        assert_eq!(read(&tail(), 9, 10, Kinds::ALL), None);
        let torn = tail();
        torn.push([event(12, "A")]);
        assert_eq!(read(&torn, 8, 10, Kinds::ALL), None);
        assert_eq!(read(&torn, 11, 10, Kinds::ALL), Some((vec![12], 12, 1)));
    }
}
