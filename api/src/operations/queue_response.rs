//! What operators are shown of jobs and of what makes them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use commands::jobs::{DeadLetter, KindStatus};
use domain::ids::{EventId, JobId};
use event_store::subscription::{ProjectionStatus, SubscriptionState};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// How a list of dead letters is asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListDeadLettersParams {
    /// Dead letters per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Background jobs, and what makes them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queues, example = json!({
    "broker": {"status": "ok", "error": null, "prefix": "souk"},
    "reactors": [{
        "name": "broker_relay", "status": "ok", "position": "1.42", "lag_events": 0, "lag_ms": 0,
        "events_per_second": 12, "error": null,
    }],
    "items": [{
        "kind": "order_confirmation_mail", "waiting": 3, "running": 1, "retrying": 2, "dead": 0, "in_broker": 5,
        "oldest_due_at": "2026-01-31T12:00:00Z",
    }],
}))]
pub struct QueuesBody {
    /// The broker that hands jobs out; null where none is configured, and nodes take them from the database.
    pub broker: Option<BrokerBody>,
    /// What follows the log and acts on it.
    pub reactors: Vec<ReactorBody>,
    /// The kinds of jobs of which some are not done.
    pub items: Vec<JobKindBody>,
}

/// A broker as this node sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Broker)]
pub struct BrokerBody {
    /// `ok` or `unreachable`.
    pub status: &'static str,
    /// Why it cannot be reached.
    pub error: Option<String>,
    /// What its exchanges and queues begin with.
    pub prefix: String,
}

/// A subscription that acts on events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reactor)]
pub struct ReactorBody {
    /// Which.
    pub name: String,
    /// `ok`, `stopped` or `late`.
    pub status: &'static str,
    /// The last position that it has acted on: `epoch.position`.
    pub position: String,
    /// Positions between that and the end of the log.
    pub lag_events: u64,
    /// Age of the oldest event that it has not acted on, in milliseconds.
    pub lag_ms: u64,
    /// Over the last second.
    pub events_per_second: u64,
    /// Why it has stopped.
    pub error: Option<String>,
}

impl ReactorBody {
    pub(super) fn new(status: &ProjectionStatus, limit: Duration) -> Self {
        Self {
            name: status.name.clone(),
            status: standing(status, limit),
            position: status.position.to_string(),
            lag_events: status.lag_events,
            lag_ms: u64::try_from(status.lag.as_millis()).unwrap_or(u64::MAX),
            events_per_second: status.rate,
            error: status.error.clone(),
        }
    }
}

/// How a subscription is, in one word.
pub(super) fn standing(status: &ProjectionStatus, limit: Duration) -> &'static str {
    match status.state {
        _ if status.lag > limit => "late",
        SubscriptionState::Stopped => "stopped",
        SubscriptionState::Running | SubscriptionState::Rebuilding => "ok",
    }
}

/// The jobs of one kind that are not done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobKind)]
pub struct JobKindBody {
    /// Which.
    pub kind: String,
    /// Not begun yet.
    pub waiting: i64,
    /// Being run.
    pub running: i64,
    /// Failed, and waiting for another attempt.
    pub retrying: i64,
    /// Given up: the dead letters.
    pub dead: i64,
    /// Of those that wait or are tried again: in the broker's hands.
    pub in_broker: i64,
    /// Since when the oldest one could have been run and was not.
    pub oldest_due_at: Option<DateTime<Utc>>,
}

impl From<KindStatus> for JobKindBody {
    fn from(status: KindStatus) -> Self {
        Self {
            kind: status.kind,
            waiting: status.waiting,
            running: status.running,
            retrying: status.retrying,
            dead: status.dead,
            in_broker: status.in_broker,
            oldest_due_at: status.oldest_due_at,
        }
    }
}

/// A job that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter, example = json!({
    "id": "job_0190c7a200007000800000000000000a",
    "kind": "order_confirmation_mail",
    "payload": {"order": "0190c7a2-0000-7000-8000-000000000001"},
    "event_id": "evt_0190c7a200007000800000000000000b",
    "correlation_id": "0190c7a2-0000-7000-8000-00000000000c",
    "attempts": 6,
    "error": "mail cannot be sent at present: connection refused",
    "created_at": "2026-01-31T12:00:00Z",
    "dead_at": "2026-01-31T13:15:00Z",
}))]
pub struct DeadLetterBody {
    /// `job_…`
    pub id: String,
    /// What kind of job.
    pub kind: String,
    /// What its kind needs; never personal data.
    #[schema(value_type = Object)]
    pub payload: Value,
    /// `evt_…`: the event that it follows from.
    pub event_id: String,
    /// The request that began it all, as in its log lines and events.
    pub correlation_id: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

impl From<DeadLetter> for DeadLetterBody {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: JobId::from_uuid(letter.id).to_string(),
            kind: letter.kind,
            payload: letter.payload,
            event_id: EventId::from_uuid(letter.event_id).to_string(),
            correlation_id: letter.correlation_id.to_string(),
            attempts: letter.attempts,
            error: letter.error,
            created_at: letter.created_at,
            dead_at: letter.dead_at,
        }
    }
}

/// A dead letter lives again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RetriedDeadLetter, example = json!({
    "id": "job_0190c7a200007000800000000000000a", "status": "waiting",
}))]
pub struct RetriedBody {
    /// `job_…`
    pub id: String,
    /// `waiting`
    pub status: &'static str,
}
