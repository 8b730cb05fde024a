//! What operators and auditors are shown.

use chrono::{DateTime, Utc};
use event_store::{
    StoredEvent,
    subscription::{ProjectionStatus, SubscriptionState},
};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::rebuilds::LastRebuild;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Liveness, example = json!({"status": "ok"}))]
pub struct LivenessBody {
    /// `ok`
    pub status: &'static str,
}

/// Where a projection stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Projection, example = json!({
    "name": "order_list",
    "schema": "order_list_v2",
    "state": "running",
    "position": "1.42",
    "log_position": "1.42",
    "lag_events": 0,
    "lag_ms": 0,
    "events_per_second": 0,
    "error": null,
    "failed_position": null,
    "updated_at": "2026-01-31T12:00:00Z",
    "is_live_here": true,
    "rebuild": null,
    "last_rebuild": null,
}))]
pub struct ProjectionBody {
    /// What it is called.
    pub name: String,
    /// Where its tables are.
    pub schema: String,
    /// `running` or `stopped`.
    #[schema(value_type = String)]
    pub state: SubscriptionState,
    /// `epoch.position` of the last event that it shows.
    pub position: String,
    /// Where the log ends: `epoch.position`.
    pub log_position: String,
    /// Events between the two.
    pub lag_events: u64,
    /// Age of the oldest event that it has not shown yet, in milliseconds.
    pub lag_ms: u64,
    /// Events that it has passed in the last second.
    pub events_per_second: u64,
    /// Why it has stopped.
    pub error: Option<String>,
    /// The position of the event that it cannot take.
    pub failed_position: Option<i64>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// It is fed by the node that answers.
    pub is_live_here: bool,
    /// The rebuild that is under way, on whichever node.
    pub rebuild: Option<RebuildProgressBody>,
    /// What became of the last rebuild that the answering node was told to do.
    pub last_rebuild: Option<LastRebuildBody>,
}

/// How far a rebuild has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RebuildProgress)]
pub struct RebuildProgressBody {
    /// The last position that stands in the new tables.
    pub position: i64,
    /// `rebuilding` or `stopped`.
    #[schema(value_type = String)]
    pub state: SubscriptionState,
    /// Why it has stopped.
    pub error: Option<String>,
}

/// A rebuild that this node was told to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastRebuild)]
pub struct LastRebuildBody {
    /// `running`, `succeeded` or `failed`.
    pub outcome: &'static str,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The position at which the new tables took the old ones' place.
    pub position: Option<i64>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Why the old tables are still in place.
    pub error: Option<String>,
}

impl ProjectionBody {
    pub(super) fn new(status: ProjectionStatus, last_rebuild: Option<LastRebuild>) -> Self {
        Self {
            name: status.name,
            schema: status.key,
            state: status.state,
            position: status.position.to_string(),
            log_position: status.head.to_string(),
            lag_events: status.lag_events,
            lag_ms: u64::try_from(status.lag.as_millis()).unwrap_or(u64::MAX),
            events_per_second: status.rate,
            error: status.error,
            failed_position: status.failed_position,
            updated_at: status.updated_at,
            is_live_here: status.is_live_here,
            rebuild: status.rebuild.map(|rebuild| RebuildProgressBody {
                position: rebuild.position,
                state: rebuild.state,
                error: rebuild.error,
            }),
            last_rebuild: last_rebuild.map(Into::into),
        }
    }
}

impl From<LastRebuild> for LastRebuildBody {
    fn from(last: LastRebuild) -> Self {
        let LastRebuild { started_at, ended } = last;
        let mut body = Self {
            outcome: "running",
            started_at,
            ended_at: None,
            position: None,
            elapsed_ms: None,
            error: None,
        };
        if let Some((at, outcome)) = ended {
            body.ended_at = Some(at);
            match outcome {
                Ok(rebuilt) => {
                    body.outcome = "succeeded";
                    body.position = Some(rebuilt.position);
                    body.elapsed_ms = Some(rebuilt.elapsed_ms);
                }
                Err(error) => {
                    body.outcome = "failed";
                    body.error = Some(error.to_string());
                }
            }
        }
        body
    }
}

/// Every projection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Projections)]
pub struct ProjectionsBody {
    /// In the order of the program.
    pub items: Vec<ProjectionBody>,
}

/// A rebuild has begun.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RebuildAccepted, example = json!({"name": "order_list", "started_at": "2026-01-31T12:00:00Z"}))]
pub struct RebuildAcceptedBody {
    /// What is being rebuilt.
    pub name: String,
    /// Since when.
    pub started_at: DateTime<Utc>,
}

/// One row of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent, example = json!({
    "position": 42,
    "aggregate_type": "order",
    "aggregate_id": "0190c7a2-0000-7000-8000-000000000001",
    "sequence": 1,
    "event_type": "OrderPlaced",
    "event_version": "1",
    "recorded_at": "2026-01-31T12:00:00Z",
    "payload": {},
    "metadata": {"actor": "system"},
}))]
pub struct AuditEventBody {
    /// Its place in the log, gapless from 1.
    pub position: i64,
    /// The kind of aggregate.
    pub aggregate_type: String,
    /// Which one, as it is stored.
    pub aggregate_id: String,
    /// Its place in the stream, dense from 1.
    pub sequence: i64,
    /// Its stored name.
    pub event_type: String,
    /// The version of its schema.
    pub event_version: String,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// What happened: the stored text, untouched.
    #[schema(value_type = Object)]
    pub payload: Box<RawValue>,
    /// Who, why and when: the stored text, untouched.
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
}

impl TryFrom<StoredEvent> for AuditEventBody {
    type Error = serde_json::Error;

    fn try_from(event: StoredEvent) -> Result<Self, Self::Error> {
        Ok(Self {
            position: event.position,
            aggregate_type: event.aggregate_type,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            recorded_at: event.recorded_at,
            payload: RawValue::from_string(event.payload)?,
            metadata: RawValue::from_string(event.metadata)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use event_store::subscription::Rebuilt;

    use super::*;

    #[test]
    fn the_stored_text_is_not_rewritten() {
        let payload = r#"{ "b" : 1.50, "a":1e2, "b": "\u0061" }"#;
        let event = StoredEvent {
            position: 1,
            aggregate_type: "order".to_owned(),
            aggregate_id: "x".to_owned(),
            sequence: 1,
            event_type: "OrderPlaced".to_owned(),
            event_version: "1".to_owned(),
            payload: payload.to_owned(),
            metadata: r#"{"actor" :"system"}"#.to_owned(),
            recorded_at: DateTime::UNIX_EPOCH,
        };
        let text = serde_json::to_string(&AuditEventBody::try_from(event).unwrap()).unwrap();
        assert!(
            text.contains(&format!("\"payload\":{payload},\"metadata\":{{\"actor\" :\"system\"}}")),
            "{text}"
        );
    }

    #[test]
    fn a_rebuild_is_running_succeeded_or_failed() {
        let body = |ended| LastRebuildBody::from(LastRebuild { started_at: DateTime::UNIX_EPOCH, ended });
        assert_eq!(body(None).outcome, "running");
        let rebuilt = Rebuilt { key: "orders_v1".to_owned(), position: 9, elapsed_ms: 5 };
        let done = body(Some((DateTime::UNIX_EPOCH, Ok(rebuilt))));
        assert_eq!((done.outcome, done.position, done.elapsed_ms), ("succeeded", Some(9), Some(5)));
        let error = event_store::subscription::RebuildError::Blocked("orders_v1".to_owned());
        let failed = body(Some((DateTime::UNIX_EPOCH, Err(error))));
        assert_eq!(failed.outcome, "failed");
        assert!(failed.error.unwrap().contains("orders_v1"));
    }
}
