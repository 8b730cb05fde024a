//! How subscriptions run on a node.

use std::time::Duration;

/// The defaults serve; tests and benchmarks turn them.
#[derive(Debug, Clone)]
pub struct SubscriptionOptions {
    /// Events that a subscriber is handed at most in one batch.
    pub batch_limit: usize,
    /// Under load the least time between the starts of two batches, so that they grow; the first one after a quiet
    /// time starts at once.
    pub linger: Duration,
    /// The same while somebody waits for what they wrote.
    pub awaited_linger: Duration,
    /// The longest time for which events that a subscriber does not take leave its checkpoint where it is.
    pub coalesce: Duration,
    /// After this long without an answer to a small statement a connection counts as dead.
    pub io_timeout: Duration,
    /// After this long a batch is given up, and tried again with half of its events.
    pub batch_timeout: Duration,
    /// How often a single event that fails is tried again before the subscription stops.
    pub retries: u32,
    /// How often a standby looks whether the live instance is gone.
    pub standby_interval: Duration,
    /// A live instance that has not moved for this long, though there are events, is put down by a standby.
    pub takeover_after: Duration,
    /// How often this node looks at checkpoints that other nodes move.
    pub poll_interval: Duration,
    /// Positions of one batch of a rebuild.
    pub rebuild_batch: usize,
    /// For how long a rebuild waits for a database that is away, or gets no further for it.
    pub outage_patience: Duration,
    /// For how long a rebuild tries to take the live one's place while long queries hold on to it.
    pub swap_patience: Duration,
    /// Whether instances stay out of each other's way by an advisory lock. The fence alone is what makes them correct;
    /// off only to prove that.
    pub exclusive: bool,
    /// A fault to plant, for the fault suite to find.
    #[cfg(feature = "planted-faults")]
    pub planted: Option<crate::PlantedFault>,
}

impl Default for SubscriptionOptions {
    fn default() -> Self {
        Self {
            batch_limit: 10_000,
            linger: Duration::from_millis(150),
            awaited_linger: Duration::from_millis(3),
            coalesce: Duration::from_millis(250),
            io_timeout: Duration::from_secs(5),
            batch_timeout: Duration::from_secs(30),
            retries: 3,
            standby_interval: Duration::from_secs(1),
            takeover_after: Duration::from_secs(15),
            poll_interval: Duration::from_millis(100),
            rebuild_batch: 10_000,
            outage_patience: Duration::MAX,
            swap_patience: Duration::from_secs(600),
            exclusive: true,
            #[cfg(feature = "planted-faults")]
            planted: crate::PlantedFault::from_env(),
        }
    }
}
