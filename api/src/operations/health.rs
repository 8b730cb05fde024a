//! Whether this node can do its work. What was found is kept for half a second, so that a public route cannot be used
//! to keep the database busy.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use event_store::{
    LogPosition,
    subscription::{ProjectionStatus, SubscriptionState},
};
use integrations::broker::BrokerState;
use tokio::sync::Mutex;

use crate::{http::consistency::Reads, outside::Outside};

/// How long an answer is good for.
const FRESH_FOR: Duration = Duration::from_millis(500);
/// A database that does not answer for so long counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the last check has found.
#[derive(Debug)]
pub struct Health {
    started: Instant,
    last: Mutex<Option<(Instant, Arc<Checkup>)>>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// The log.
    pub log: LogHealth,
    /// Every projection; empty where the log cannot be reached.
    pub projections: Vec<ProjectionStatus>,
    /// Every other subscription; empty where the log cannot be reached.
    pub reactors: Vec<ProjectionStatus>,
    /// The broker, where there is one.
    pub broker: Option<BrokerState>,
}

/// Whether the log can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogHealth {
    /// It can, and ends here.
    Reachable(LogPosition),
    /// It cannot.
    Unreachable,
}

impl Default for Health {
    fn default() -> Self {
        Self { started: Instant::now(), last: Mutex::default() }
    }
}

impl Health {
    /// For how long this node has been up.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Looks, or tells what was found a moment ago. Whoever comes while a look is under way waits for it.
    pub async fn check(&self, reads: &Reads, outside: &Outside) -> Arc<Checkup> {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH_FOR) {
            debug_assert!(at.elapsed() <= PATIENCE);
            return Arc::clone(found);
        }
        let broker = outside.broker.as_ref().map(|broker| broker.state());
        let found = Arc::new(look(reads, broker).await);
        *last = Some((Instant::now(), Arc::clone(&found)));
        found
    }
}

async fn look(reads: &Reads, broker: Option<BrokerState>) -> Checkup {
    let looking = async {
        let head = reads.log.refresh_head().await?;
        Ok::<_, event_store::LogError>((head, reads.subscriptions.status().await?))
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok((head, statuses))) => {
            let (projections, reactors) = statuses.into_iter().partition(|status| status.is_read_model);
            Checkup {
                log: LogHealth::Reachable(head),
                projections,
                reactors,
                broker,
            }
        }
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "the log cannot be reached");
            Checkup::unreachable(broker)
        }
        Err(_) => {
            tracing::warn!("the log did not answer in time");
            Checkup::unreachable(broker)
        }
    }
}

impl Checkup {
    pub(super) const fn unreachable(broker: Option<BrokerState>) -> Self {
        Self {
            log: LogHealth::Unreachable,
            projections: Vec::new(),
            reactors: Vec::new(),
            broker,
        }
    }

    /// The projections that lag more than `limit`, by name.
    #[must_use]
    pub fn late(&self, limit: Duration) -> Vec<&str> {
        self.projections
            .iter()
            .filter(|status| status.lag > limit)
            .map(|status| status.name.as_str())
            .collect()
    }

    /// The projections that have stopped, by name. They cannot catch up by themselves.
    #[must_use]
    pub fn stopped(&self) -> Vec<&str> {
        self.projections
            .iter()
            .filter(|status| status.state == SubscriptionState::Stopped)
            .map(|status| status.name.as_str())
            .collect()
    }

    /// Whether something does not work that requests do not need: a stopped projection is behind for good, a reactor is
    /// late or stopped, the broker is away.
    #[must_use]
    pub fn is_degraded(&self, limit: Duration) -> bool {
        let is_away = matches!(self.broker, Some(BrokerState::Disconnected(_)));
        let is_late =
            |status: &ProjectionStatus| status.lag > limit || status.state == SubscriptionState::Stopped;
        is_away || !self.stopped().is_empty() || self.reactors.iter().any(is_late)
    }

    /// What keeps this node from serving, in words that never change; empty when nothing does.
    #[must_use]
    pub fn failing(&self, limit: Duration) -> Vec<String> {
        let mut failing = Vec::new();
        if self.log == LogHealth::Unreachable {
            failing.push("log".to_owned());
        }
        failing.extend(self.late(limit).into_iter().map(|name| format!("projection:{name}")));
        failing
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::operations) fn status(name: &str, lag: Duration) -> ProjectionStatus {
        let at = |position| LogPosition { epoch: 1, position };
        ProjectionStatus {
            name: name.to_owned(),
            key: format!("{name}_v1"),
            state: SubscriptionState::Running,
            position: at(7),
            head: at(9),
            lag_events: 2,
            lag,
            rate: 10,
            error: None,
            failed_position: None,
            updated_at: chrono::DateTime::UNIX_EPOCH,
            is_live_here: true,
            is_read_model: true,
            rebuild: None,
        }
    }

    #[test]
    fn a_projection_that_is_late_or_a_lost_log_keeps_a_node_from_serving() {
        let limit = Duration::from_secs(30);
        let log = LogHealth::Reachable(LogPosition { epoch: 1, position: 9 });
        let checkup = |lags: [u64; 2]| {
            let [orders, stock] = lags.map(Duration::from_secs);
            Checkup {
                log,
                projections: vec![status("orders", orders), status("stock", stock)],
                reactors: vec![status("broker_relay", Duration::MAX)],
                broker: None,
            }
        };
        assert!(checkup([0, 30]).failing(limit).is_empty());
        assert_eq!(checkup([31, 0]).failing(limit), ["projection:orders"]);
        assert_eq!(Checkup::unreachable(None).failing(limit), ["log"]);
    }

    #[test]
    fn a_stopped_projection_is_told_apart_from_a_late_one() {
        let mut stopped = status("orders", Duration::ZERO);
        stopped.state = SubscriptionState::Stopped;
        let log = LogHealth::Reachable(LogPosition { epoch: 1, position: 9 });
        let checkup = Checkup {
            log,
            projections: vec![stopped, status("stock", Duration::ZERO)],
            reactors: Vec::new(),
            broker: None,
        };
        assert_eq!(checkup.stopped(), ["orders"]);
        assert!(checkup.late(Duration::from_secs(1)).is_empty());
    }
}
