//! How far the projections have come, and rebuilding them.

use actix_web::{http::StatusCode, web};
use commands::UseCase;

use super::response::{ProjectionBody, ProjectionsBody, RebuildAcceptedBody};
use crate::{
    http::{Answer, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// Every projection: how far it has come
#[utoipa::path(
    get,
    path = "/api/v1/monitoring/projections",
    tag = "operations",
    responses(
        (status = 200, body = ProjectionsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_projections(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    signed.require(UseCase::ListProjections)?;
    let statuses = souk.reads.subscriptions.status().await?;
    let items = statuses.into_iter().filter(|status| status.is_read_model).map(|status| {
        let last = souk.operations.rebuilds.last(&status.name);
        ProjectionBody::new(status, last)
    });
    Answer::ok(&ProjectionsBody { items: items.collect() })
}

/// Rebuild a projection
///
/// New tables are filled from the first event on, beside those that are read, and take their place when both stand at
/// the same position. The list of projections shows how far it has come and what became of it.
#[utoipa::path(
    post,
    path = "/api/v1/monitoring/projections/{name}/rebuild",
    tag = "operations",
    params(("name" = String, Path, description = "As in the list of projections")),
    responses(
        (status = 202, body = RebuildAcceptedBody),
        (status = 404, body = ProblemBody, description = "`operations.projection_not_found`"),
        (status = 409, body = ProblemBody, description = "`operations.rebuild_running`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn rebuild_projection(
    signed: Signed,
    souk: Shared,
    name: web::Path<String>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::RebuildProjection)?;
    let name = known_projection(&name)?;
    let subscriptions = souk.reads.subscriptions.clone();
    let started = souk.operations.rebuilds.start(name, async move { subscriptions.rebuild(name).await });
    let started_at = started.map_err(|running| {
        let detail = "this node is rebuilding it already; the list of projections shows how far it has come";
        Problem::new(StatusCode::CONFLICT, "operations.rebuild_running", detail)
            .with_member("started_at", running.0.to_rfc3339())
    })?;
    tracing::info!(actor.id = %signed.actor(), projection = name, "a rebuild was asked for");
    let body = RebuildAcceptedBody { name: name.to_owned(), started_at };
    Answer::json(StatusCode::ACCEPTED, &body)
}

fn known_projection(name: &str) -> Result<&'static str, Problem> {
    let known = projections::all().into_iter().find(|known| known.name() == name || known.schema() == name);
    known
        .map(|known| known.name())
        .ok_or_else(|| Problem::missing("operations.projection_not_found", "there is no such projection"))
}
