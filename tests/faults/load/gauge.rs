//! What the load is doing at this moment, for whoever injects a fault.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

#[derive(Debug, Default)]
struct Counts {
    in_flight: AtomicUsize,
    attempts: AtomicUsize,
    acknowledged: Mutex<Acknowledged>,
}

#[derive(Debug, Default)]
struct Acknowledged {
    by_node: Vec<usize>,
    /// When the last one came, or when somebody began to watch.
    last: Option<Instant>,
    /// The longest time without any, since somebody watches.
    longest_pause: Duration,
}

/// Shared by all clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gauge(Arc<Counts>);

impl Gauge {
    pub(super) fn began(&self) {
        self.0.attempts.fetch_add(1, Ordering::Relaxed);
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn acknowledged_by(&self, node: usize) {
        let mut counts = self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let pause = counts.last.replace(now).map_or(Duration::ZERO, |last| now - last);
        counts.longest_pause = counts.longest_pause.max(pause);
        if counts.by_node.len() <= node {
            counts.by_node.resize(node + 1, 0);
        }
        if let Some(count) = counts.by_node.get_mut(node) {
            *count += 1;
        }
    }

    /// From now on the longest time without an acknowledgement is measured.
    pub(crate) fn watch(&self) {
        let mut counts = self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        counts.last = Some(Instant::now());
        counts.longest_pause = Duration::ZERO;
    }

    /// The longest time without an acknowledgement since [`Self::watch`].
    pub(crate) fn longest_pause(&self) -> Duration {
        self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).longest_pause
    }

    /// Requests that wait for an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.0.in_flight.load(Ordering::Relaxed)
    }

    /// Requests sent so far, repeats included.
    pub(crate) fn attempts(&self) -> usize {
        self.0.attempts.load(Ordering::Relaxed)
    }

    /// Acknowledgements of one node so far.
    pub(crate) fn of_node(&self, node: usize) -> usize {
        let counts = self.0.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        counts.by_node.get(node).copied().unwrap_or(0)
    }

    /// Waits until `reached` says so; answers how long it took, or `None` when the time ran out.
    pub(crate) async fn wait(&self, limit: Duration, reached: impl Fn(&Self) -> bool) -> Option<Duration> {
        let started = Instant::now();
        while !reached(self) {
            if started.elapsed() > limit {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Some(started.elapsed())
    }
}
