//! What a node knows of one subscription, whoever moves it: shared by the runner, waiters, followers and the status.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use tokio::sync::{Notify, broadcast, watch};

use super::{Subscriber, checkpoint::Mark};
use crate::{LogPosition, RecordedEvent, kinds::Kinds};

/// Messages that a slow follower may fall behind before it is told to forget everything.
const BACKLOG: usize = 256;

/// What a subscription has just made visible.
#[derive(Debug, Clone)]
pub enum Passed {
    /// The rows now hold the effect of these events, and of everything up to a position.
    Events {
        /// Those that the subscriber takes, in order.
        events: Arc<[Arc<RecordedEvent>]>,
        /// Where it stands now.
        up_to: LogPosition,
    },
    /// Any row may have changed (a rebuild, a restored log, or more than can be told): forget all that was read before.
    Anything {
        /// Where it stands now.
        up_to: LogPosition,
    },
}

/// Follows what a subscription makes visible.
#[derive(Debug)]
pub struct Passing {
    receiver: broadcast::Receiver<Passed>,
    reached: watch::Receiver<LogPosition>,
}

impl Passing {
    /// The next thing that became visible; `None` when the subscriptions have ended.
    pub async fn next(&mut self) -> Option<Passed> {
        match self.receiver.recv().await {
            Ok(passed) => Some(passed),
            Err(broadcast::error::RecvError::Lagged(_)) => {
                // What was missed is covered; what still waits would only be told twice.
                self.receiver = self.receiver.resubscribe();
                Some(Passed::Anything { up_to: *self.reached.borrow() })
            }
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

pub(super) struct Line {
    pub(super) subscriber: Arc<dyn Subscriber>,
    pub(super) key: String,
    pub(super) name: String,
    types: &'static [&'static str],
    /// The same, for a first look.
    pub(super) kinds: Kinds,
    reached: watch::Sender<LogPosition>,
    passed: broadcast::Sender<Passed>,
    generation: std::sync::atomic::AtomicI32,
    is_live: AtomicBool,
    is_stopped: AtomicBool,
    waiters: AtomicUsize,
    /// Positions per second, over the last second.
    pub(super) rate: AtomicU64,
    /// Somebody waits: do not linger.
    pub(super) awaited: Notify,
    /// An operator asked for another try.
    pub(super) restarted: Notify,
}

impl Line {
    pub(super) fn new(subscriber: Arc<dyn Subscriber>, mark: Mark) -> Self {
        let types = subscriber.event_types();
        Self {
            key: subscriber.key(),
            name: subscriber.name(),
            types,
            kinds: if types.is_empty() {
                Kinds::ALL
            } else {
                Kinds::of(types)
            },
            subscriber,
            reached: watch::Sender::new(mark.at()),
            passed: broadcast::Sender::new(BACKLOG),
            generation: mark.generation.into(),
            is_live: false.into(),
            is_stopped: false.into(),
            waiters: 0.into(),
            rate: 0.into(),
            awaited: Notify::new(),
            restarted: Notify::new(),
        }
    }

    pub(super) fn takes(&self, event_type: &str) -> bool {
        self.types.is_empty() || self.types.contains(&event_type)
    }

    pub(super) fn reached(&self) -> LogPosition {
        *self.reached.borrow()
    }

    pub(super) fn follow(&self) -> watch::Receiver<LogPosition> {
        self.reached.subscribe()
    }

    pub(super) fn passing(&self) -> Passing {
        Passing {
            receiver: self.passed.subscribe(),
            reached: self.reached.subscribe(),
        }
    }

    pub(super) fn has_followers(&self) -> bool {
        self.passed.receiver_count() > 0
    }

    /// Whether the live instance runs on this node.
    pub(super) fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Acquire)
    }

    pub(super) fn set_live(&self, is_live: bool) {
        self.is_live.store(is_live, Ordering::Release);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }

    pub(super) fn set_stopped(&self, is_stopped: bool) {
        self.is_stopped.store(is_stopped, Ordering::Release);
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.waiters.load(Ordering::Acquire) > 0
    }

    /// Counts a waiter for as long as the answer lives, and keeps the runner from lingering.
    pub(super) fn wait(&self) -> Waiter<'_> {
        self.waiters.fetch_add(1, Ordering::AcqRel);
        self.awaited.notify_one();
        Waiter(self)
    }

    /// The live instance, on this node, stands at `position` and has made `events` visible since.
    pub(super) fn advance(&self, position: LogPosition, events: &[Arc<RecordedEvent>]) {
        // Followers of the position may look at caches: those must have been told before.
        if !events.is_empty() && self.has_followers() {
            let passed = Passed::Events { events: events.into(), up_to: position };
            drop(self.passed.send(passed));
        }
        self.reached.send_replace(position);
    }

    /// The row was read by the live instance of this node as it took over: where it says something else than what
    /// is known here, anything may have changed.
    pub(super) fn take_over(&self, mark: Mark) {
        let generation = self.generation.swap(mark.generation, Ordering::AcqRel);
        if generation != mark.generation || self.reached() != mark.at() {
            drop(self.passed.send(Passed::Anything { up_to: mark.at() }));
            self.reached.send_replace(mark.at());
        }
    }

    /// What another node's instance did: how far this node knew, or `None` when nothing has changed.
    pub(super) fn notice(&self, mark: Mark) -> Option<Noticed> {
        if self.is_live() {
            return None;
        }
        let is_replaced = self.generation.swap(mark.generation, Ordering::AcqRel) != mark.generation;
        let before = self.reached();
        (is_replaced || mark.at() > before).then_some(Noticed { before, is_replaced })
    }

    /// Tells followers of what another node's instance did.
    pub(super) fn pass(&self, passed: Passed) {
        let (Passed::Events { up_to, .. } | Passed::Anything { up_to }) = passed;
        drop(self.passed.send(passed));
        self.reached.send_replace(up_to);
    }
}

/// A checkpoint that another node has moved.
pub(super) struct Noticed {
    pub(super) before: LogPosition,
    pub(super) is_replaced: bool,
}

pub(super) struct Waiter<'a>(&'a Line);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::AcqRel);
    }
}
