//! Health: alive, ready, and a summary.

use std::time::Duration;

use actix_web::http::StatusCode;
use event_store::subscription::{ProjectionStatus, SubscriptionState};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    http::{Answer, Problem},
    souk::Shared,
};

/// So long a health check waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// The health of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health, example = json!({
    "status": "ok",
    "version": "0.1.0",
    "log": {"is_reachable": true, "position": "1.4711", "commands_waiting": 0},
    "projections": [{"name": "order_list", "state": "running", "lag_events": 0, "lag_ms": 0, "is_within_limit": true}],
}))]
pub(crate) struct HealthBody {
    /// `ok`; `degraded` (a read model lags or has stopped); `down` (the log cannot be reached); `stopping`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
    /// The log.
    log: LogHealthBody,
    /// Each read model.
    projections: Vec<ProjectionHealthBody>,
}

/// The health of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogHealth)]
pub(crate) struct LogHealthBody {
    /// Whether the database answers.
    is_reachable: bool,
    /// How far the log is known to reach.
    position: String,
    /// Commands that wait for the writer.
    commands_waiting: usize,
}

/// The health of a read model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectionHealth)]
pub(crate) struct ProjectionHealthBody {
    /// Its name.
    name: String,
    /// `running`, `rebuilding` or `stopped`.
    #[schema(value_type = String)]
    state: SubscriptionState,
    /// Events that it has not taken account of.
    lag_events: u64,
    /// The age of the oldest of them, in milliseconds.
    lag_ms: u64,
    /// Whether that is little enough.
    is_within_limit: bool,
}

impl HealthBody {
    /// The status that load balancers act on.
    pub(crate) fn http_status(&self) -> StatusCode {
        if self.status == "ok" {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Looks at everything that the node depends on.
pub(crate) async fn look(souk: &Shared) -> HealthBody {
    let projections = match timeout(PATIENCE, souk.reads.subscriptions.status()).await {
        Ok(Ok(projections)) => Some(projections),
        Ok(Err(_)) | Err(_) => None,
    };
    let is_reachable = projections.is_some();
    let limit = souk.http.ready_lag;
    let projections: Vec<_> =
        projections.unwrap_or_default().into_iter().map(|status| projection(status, limit)).collect();
    let status = if souk.traffic.is_draining() {
        "stopping"
    } else if !is_reachable {
        "down"
    } else if projections.iter().all(|projection| projection.is_within_limit) {
        "ok"
    } else {
        "degraded"
    };
    HealthBody {
        status,
        version: env!("CARGO_PKG_VERSION"),
        log: LogHealthBody {
            is_reachable,
            position: souk.log.reader().head().to_string(),
            commands_waiting: souk.log.queued(),
        },
        projections,
    }
}

fn projection(status: ProjectionStatus, limit: Duration) -> ProjectionHealthBody {
    ProjectionHealthBody {
        is_within_limit: status.state != SubscriptionState::Stopped && status.lag <= limit,
        name: status.name,
        state: status.state,
        lag_events: status.lag_events,
        lag_ms: u64::try_from(status.lag.as_millis()).unwrap_or(u64::MAX),
    }
}

/// The summary as an answer.
pub(crate) async fn answer(souk: &Shared) -> Result<Answer, Problem> {
    let health = look(souk).await;
    Answer::json(health.http_status(), &health)
}
