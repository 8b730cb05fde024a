//! Routes of operations.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{AUTHORIZATION, CONTENT_TYPE},
};

use super::{
    audit::audit_events,
    health::{HealthBody, answer},
    projections::{list_projections, rebuild_projection},
};
use crate::{
    http::{Answer, Problem, problem::ProblemBody, routes::Routes},
    souk::Shared,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/health", health);
    routes.get("/health", health_at_root);
    routes.get("/api/v1/health/live", live);
    routes.get("/api/v1/health/ready", ready);
    routes.get("/metrics", metrics);
    routes.get("/api/v1/monitoring/projections", list_projections);
    routes.post("/api/v1/monitoring/projections/{name}/rebuild", rebuild_projection);
    routes.get("/api/v1/audit/events", audit_events);
}

/// Health of this node
///
/// A summary of everything that it depends on.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "operations",
    responses((status = 200, body = HealthBody), (status = 503, body = HealthBody)),
    security(()),
)]
pub(crate) async fn health(souk: Shared) -> Result<Answer, Problem> {
    answer(&souk).await
}

/// Health of this node, at the root
#[utoipa::path(
    get,
    path = "/health",
    tag = "operations",
    responses((status = 200, body = HealthBody), (status = 503, body = HealthBody)),
    security(()),
)]
pub(crate) async fn health_at_root(souk: Shared) -> Result<Answer, Problem> {
    answer(&souk).await
}

/// Is the process alive
#[utoipa::path(
    get,
    path = "/api/v1/health/live",
    tag = "operations",
    responses((status = 200, body = Object, example = json!({"status": "ok"}))),
    security(()),
)]
pub(crate) async fn live() -> Result<Answer, Problem> {
    Answer::ok(&serde_json::json!({"status": "ok"}))
}

/// Should this node get requests
///
/// The log is reachable, and every read model is within its limit.
#[utoipa::path(
    get,
    path = "/api/v1/health/ready",
    tag = "operations",
    responses((status = 200, body = HealthBody), (status = 503, body = HealthBody)),
    security(()),
)]
pub(crate) async fn ready(souk: Shared) -> Result<Answer, Problem> {
    answer(&souk).await
}

/// Figures for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = ProblemBody, description = "Where a token is configured"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn metrics(souk: Shared, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if let Some(token) = &souk.http.metrics_token {
        let sent = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
        let is_right = sent.and_then(|sent| sent.strip_prefix(b"Bearer ")).is_some_and(|sent| {
            aws_lc_rs::constant_time::verify_slices_are_equal(sent, token.as_bytes()).is_ok()
        });
        if !is_right {
            let detail = "send the configured token: Authorization: Bearer …";
            return Err(Problem::unauthorized(
                "operations.metrics_token",
                "Bearer realm=\"metrics\"",
                detail,
            ));
        }
    }
    souk.measure();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(souk.figures.render()))
}
