//! The newest part of the log in memory, and the bell that rings when it grows.
//!
//! What this node writes is handed on without reading it back; what other nodes write arrives through
//! `LISTEN souk_log`, with a slow poll as a net. Subscriptions fall back to the table for anything older.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::watch;

use crate::{LogPosition, RecordedEvent};

/// Follows how far the log reaches.
pub type Head = watch::Receiver<LogPosition>;

pub(crate) struct Tail {
    head: watch::Sender<LogPosition>,
    recent: RwLock<VecDeque<Arc<RecordedEvent>>>,
    capacity: usize,
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
            if recent.back().is_some_and(|last| last.position + 1 != event.position) {
                recent.clear();
            }
            recent.push_back(event);
        }
        let surplus = recent.len().saturating_sub(self.capacity);
        recent.drain(..surplus);
    }

    /// Up to `limit` events after `after`, when memory holds them without a gap.
    pub(crate) fn after(&self, after: i64, limit: usize) -> Option<Vec<Arc<RecordedEvent>>> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.position;
        let skip = usize::try_from(after + 1 - first).ok()?;
        (skip < recent.len()).then(|| recent.iter().skip(skip).take(limit).cloned().collect())
    }
}
