//! How a node is, as everybody is shown it.

use event_store::subscription::ProjectionStatus;
use integrations::broker::BrokerState;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    health::{Checkup, LogHealth},
    queue_response::standing,
};

/// Whether this node can do its work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health, example = json!({
    "status": "ok",
    "version": "0.1.0",
    "uptime_s": 3600,
    "log": {"status": "ok", "position": "1.42"},
    "projections": [{"name": "order_list", "status": "ok", "lag_ms": 0}],
    "reactors": [{"name": "broker_relay", "status": "ok", "lag_ms": 0}],
    "broker": {"status": "ok"},
}))]
pub struct HealthBody {
    /// `ok`; `degraded`: something has stopped, but requests are answered; `failing`: requests should go elsewhere.
    pub status: &'static str,
    /// The version of this program.
    pub version: &'static str,
    /// Seconds since this node was started.
    pub uptime_s: u64,
    /// The log.
    pub log: LogHealthBody,
    /// What follows it, and requests are answered from.
    pub projections: Vec<ProjectionHealthBody>,
    /// What follows it and acts: when one is late, mails or messages are, but requests are answered.
    pub reactors: Vec<ProjectionHealthBody>,
    /// The broker; null where none is configured.
    pub broker: Option<BrokerHealthBody>,
}

/// Whether the log can be reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogHealth)]
pub struct LogHealthBody {
    /// `ok` or `failing`.
    pub status: &'static str,
    /// Where it ends: `epoch.position`; null where it cannot be reached.
    pub position: Option<String>,
}

/// Whether the broker can be reached from this node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrokerHealth)]
pub struct BrokerHealthBody {
    /// `ok` or `unreachable`: then messages and jobs wait in the database.
    pub status: &'static str,
}

/// Whether a projection, or a reactor, keeps up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectionHealth)]
pub struct ProjectionHealthBody {
    /// Which.
    pub name: String,
    /// `ok`, `stopped` or `late`.
    pub status: &'static str,
    /// Age of the oldest event that it has not taken in yet, in milliseconds.
    pub lag_ms: u64,
}

impl HealthBody {
    pub(super) fn new(checkup: &Checkup, limit: std::time::Duration, uptime_s: u64) -> Self {
        let bodies = |statuses: &[ProjectionStatus]| {
            let body = |status: &ProjectionStatus| ProjectionHealthBody {
                name: status.name.clone(),
                status: standing(status, limit),
                lag_ms: milliseconds(status.lag),
            };
            statuses.iter().map(body).collect()
        };
        let status = match (checkup.failing(limit).is_empty(), checkup.is_degraded(limit)) {
            (true, false) => "ok",
            (true, true) => "degraded",
            (false, _) => "failing",
        };
        let log = match checkup.log {
            LogHealth::Reachable(head) => LogHealthBody { status: "ok", position: Some(head.to_string()) },
            LogHealth::Unreachable => LogHealthBody { status: "failing", position: None },
        };
        Self {
            status,
            version: env!("CARGO_PKG_VERSION"),
            uptime_s,
            log,
            projections: bodies(&checkup.projections),
            reactors: bodies(&checkup.reactors),
            broker: checkup.broker.as_ref().map(|broker| BrokerHealthBody {
                status: match broker {
                    BrokerState::Connected => "ok",
                    BrokerState::Disconnected(_) => "unreachable",
                },
            }),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use event_store::{LogPosition, subscription::SubscriptionState};

    use super::{super::health::tests::status, *};

    const LIMIT: Duration = Duration::from_secs(30);

    fn checkup(change: impl FnOnce(&mut ProjectionStatus)) -> Checkup {
        let mut orders = status("orders", Duration::from_millis(1_500));
        change(&mut orders);
        let log = LogHealth::Reachable(LogPosition { epoch: 1, position: 9 });
        Checkup {
            log,
            projections: vec![orders, status("stock", Duration::ZERO)],
            reactors: vec![status("broker_relay", Duration::ZERO)],
            broker: Some(BrokerState::Connected),
        }
    }

    #[test]
    fn the_summary_is_as_bad_as_its_worst_part() {
        let health = |checkup: &Checkup| {
            let body = HealthBody::new(checkup, LIMIT, 5);
            (body.status, body.projections.first().map(|orders| orders.status))
        };
        assert_eq!(health(&checkup(|_| ())), ("ok", Some("ok")));
        assert_eq!(
            health(&checkup(|orders| orders.state = SubscriptionState::Stopped)),
            ("degraded", Some("stopped"))
        );
        assert_eq!(
            health(&checkup(|orders| orders.lag = Duration::from_secs(31))),
            ("failing", Some("late"))
        );
        let lost = Checkup::unreachable(None);
        assert_eq!(health(&lost), ("failing", None));
    }

    #[test]
    fn what_waits_for_the_broker_degrades_and_no_more() {
        let sound = || checkup(|_| ());
        let away = Checkup {
            broker: Some(BrokerState::Disconnected("connection refused".to_owned())),
            ..sound()
        };
        let late = Checkup {
            reactors: vec![status("broker_relay", Duration::from_secs(31))],
            ..sound()
        };
        let stopped = Checkup {
            reactors: vec![ProjectionStatus {
                state: SubscriptionState::Stopped,
                ..status("broker_relay", Duration::ZERO)
            }],
            ..sound()
        };
        for checkup in [away, late, stopped] {
            assert_eq!(HealthBody::new(&checkup, LIMIT, 5).status, "degraded");
            assert!(checkup.failing(LIMIT).is_empty());
        }
        let alone = Checkup { broker: None, ..sound() };
        assert_eq!(HealthBody::new(&alone, LIMIT, 5).status, "ok");
    }
}
