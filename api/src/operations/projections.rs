//! How far the read models are, and rebuilding them.

use std::time::Duration;

use actix_web::{
    http::{StatusCode, header::LOCATION},
    web,
};
use chrono::{DateTime, Utc};
use commands::Permission;
use event_store::subscription::{ProjectionStatus, RebuildError, Rebuilt, SubscriptionState};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    http::{Answer, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// A rebuild that ends within this is answered with its outcome.
const QUICK: Duration = Duration::from_millis(500);

/// Where a read model stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Projection, example = json!({
    "name": "order_list", "schema": "order_list_v1", "state": "running", "position": "1.4711", "head": "1.4711",
    "lag_events": 0, "lag_ms": 0, "events_per_second": 120, "error": null, "failed_position": null,
    "updated_at": "2026-01-31T12:00:00Z", "is_live_here": true, "rebuild": null,
}))]
pub(crate) struct ProjectionBody {
    /// Its name.
    name: String,
    /// The schema of its tables.
    schema: String,
    /// `running`, `rebuilding` or `stopped`.
    #[schema(value_type = String)]
    state: SubscriptionState,
    /// The last position that has taken effect.
    position: String,
    /// The last position of the log.
    head: String,
    /// Positions between the two.
    lag_events: u64,
    /// The age of the oldest event that has not taken effect, in milliseconds.
    lag_ms: u64,
    /// Positions per second, over the last second, on this node.
    events_per_second: u64,
    /// Why it has stopped.
    error: Option<String>,
    /// The event that cannot be handled.
    failed_position: Option<i64>,
    /// When its checkpoint last moved.
    updated_at: DateTime<Utc>,
    /// Whether the live instance runs on this node.
    is_live_here: bool,
    /// The rebuild beside it.
    rebuild: Option<RebuildBody>,
}

/// How far a rebuild has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rebuild)]
pub(crate) struct RebuildBody {
    /// The last position that stands in the new tables.
    position: i64,
    /// `rebuilding` or `stopped`.
    #[schema(value_type = String)]
    state: SubscriptionState,
    /// Why it has stopped.
    error: Option<String>,
}

/// Every read model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Projections)]
pub(crate) struct ProjectionsBody {
    /// In the program's order.
    items: Vec<ProjectionBody>,
}

/// A finished rebuild.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rebuilt)]
pub(crate) struct RebuiltBody {
    /// The schema whose tables were replaced.
    schema: String,
    /// The last position that they held then.
    position: i64,
    /// How long it took, in milliseconds.
    elapsed_ms: u64,
}

impl From<ProjectionStatus> for ProjectionBody {
    fn from(status: ProjectionStatus) -> Self {
        Self {
            name: status.name,
            schema: status.key,
            state: status.state,
            position: status.position.to_string(),
            head: status.head.to_string(),
            lag_events: status.lag_events,
            lag_ms: u64::try_from(status.lag.as_millis()).unwrap_or(u64::MAX),
            events_per_second: status.rate,
            error: status.error,
            failed_position: status.failed_position,
            updated_at: status.updated_at,
            is_live_here: status.is_live_here,
            rebuild: status.rebuild.map(|rebuild| RebuildBody {
                position: rebuild.position,
                state: rebuild.state,
                error: rebuild.error,
            }),
        }
    }
}

/// How far the read models are
#[utoipa::path(
    get,
    path = "/api/v1/monitoring/projections",
    tag = "operations",
    responses(
        (status = 200, body = ProjectionsBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_projections(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    signed.require(Permission::Operate)?;
    let items = souk.reads.subscriptions.status().await?.into_iter().map(Into::into).collect();
    Answer::ok(&ProjectionsBody { items })
}

/// Rebuild a read model
///
/// From the first event, beside the live one, which serves until both stand at the same position. A rebuild that takes
/// longer than half a second goes on by itself: 202, and `monitoring/projections` shows how far it is.
#[utoipa::path(
    post,
    path = "/api/v1/monitoring/projections/{name}/rebuild",
    tag = "operations",
    params(("name" = String, Path, description = "Its name, such as `order_list`")),
    responses(
        (status = 200, body = RebuiltBody),
        (status = 202, description = "It goes on"),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn rebuild_projection(
    signed: Signed,
    souk: Shared,
    name: web::Path<String>,
) -> Result<Answer, Problem> {
    signed.require(Permission::Operate)?;
    let subscriptions = souk.reads.subscriptions.clone();
    let name = name.into_inner();
    // Away from the threads that answer requests.
    let mut rebuild = souk.runtime.spawn(async move {
        let outcome = subscriptions.rebuild(&name).await;
        match &outcome {
            Ok(rebuilt) => tracing::info!(projection = name, elapsed_ms = rebuilt.elapsed_ms, "rebuilt"),
            Err(error) => tracing::warn!(projection = name, error = %error, "not rebuilt"),
        }
        outcome
    });
    match timeout(QUICK, &mut rebuild).await {
        Ok(Ok(Ok(Rebuilt { key, position, elapsed_ms }))) => {
            Answer::ok(&RebuiltBody { schema: key, position, elapsed_ms })
        }
        Ok(Ok(Err(error))) => Err(refused(&error)),
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(_) => Ok(Answer::json(StatusCode::ACCEPTED, &serde_json::json!({"status": "rebuilding"}))?
            .header(LOCATION, "/api/v1/monitoring/projections")),
    }
}

fn refused(error: &RebuildError) -> Problem {
    let (status, code) = match error {
        RebuildError::Unknown(_) => (StatusCode::NOT_FOUND, "operations.projection_not_found"),
        RebuildError::AlreadyRunning(_) => (StatusCode::CONFLICT, "operations.rebuild_already_running"),
        RebuildError::Poison { .. } => (StatusCode::CONFLICT, "operations.rebuild_poisoned"),
        RebuildError::Interrupted(_) => (StatusCode::CONFLICT, "operations.rebuild_interrupted"),
        RebuildError::Blocked(_) => (StatusCode::CONFLICT, "operations.rebuild_blocked"),
        RebuildError::Schema(_) => return Problem::internal(error),
    };
    Problem::new(status, code, error.to_string())
}
