//! Routes of operations.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE},
    },
};
use aws_lc_rs::constant_time;

use super::{
    audit::audit_events,
    audit_log::list_audit_log,
    evidence::{list_checkpoints, prove_consistency, prove_inclusion},
    figures,
    health_response::HealthBody,
    projections::{list_projections, rebuild_projection},
    queues::{list_dead_letters, list_queues, retry_dead_letter},
    response::LivenessBody,
};
use crate::{
    http::{Answer, Problem, problem::ProblemBody, routes::Routes},
    souk::{Shared, Souk},
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/health", health_at_root);
    routes.get("/metrics", metrics);
    routes.get("/api/v1/health", health);
    routes.get("/api/v1/health/live", live);
    routes.get("/api/v1/health/ready", ready);
    routes.get("/api/v1/monitoring/projections", list_projections);
    routes.post("/api/v1/monitoring/projections/{name}/rebuild", rebuild_projection);
    routes.get("/api/v1/monitoring/queues", list_queues);
    routes.get("/api/v1/monitoring/dead-letters", list_dead_letters);
    routes.post("/api/v1/monitoring/dead-letters/{id}/retry", retry_dead_letter);
    routes.get("/api/v1/audit/events", audit_events);
    routes.get("/api/v1/audit/log", list_audit_log);
    routes.get("/api/v1/audit/checkpoints", list_checkpoints);
    routes.get("/api/v1/audit/proofs/{position}", prove_inclusion);
    routes.get("/api/v1/audit/consistency", prove_consistency);
}

/// How this node is
///
/// 503 where requests should go elsewhere; the body says why.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "operations",
    responses((status = 200, body = HealthBody), (status = 503, body = HealthBody)),
    security(()),
)]
pub(crate) async fn health(souk: Shared) -> Result<Answer, Problem> {
    let checkup = souk.operations.health.check(&souk.reads, &souk.outside).await;
    let limit = souk.http.ready_lag;
    let body = HealthBody::new(&checkup, limit, souk.operations.health.uptime().as_secs());
    let is_failing = !checkup.failing(limit).is_empty();
    Answer::json(
        if is_failing {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        },
        &body,
    )
}

/// How this node is, at the root
#[utoipa::path(
    get,
    path = "/health",
    tag = "operations",
    responses((status = 200, body = HealthBody), (status = 503, body = HealthBody)),
    security(()),
)]
pub(crate) async fn health_at_root(souk: Shared) -> Result<Answer, Problem> {
    health(souk).await
}

/// Whether the process answers
///
/// Looks at nothing else: whoever starts processes anew should not do so because a database is away.
#[utoipa::path(
    get,
    path = "/api/v1/health/live",
    tag = "operations",
    responses((status = 200, body = LivenessBody)),
    security(()),
)]
pub(crate) async fn live() -> Result<Answer, Problem> {
    Answer::ok(&LivenessBody { status: "ok" })
}

/// Whether requests should come here
///
/// The log can be reached, every projection is within its limit (`SOUK_READY_LAG_S`), and the node is not on its way
/// out. Else 503, and `failing` says what: `log`, `draining`, `projection:order_list`, …
#[utoipa::path(
    get,
    path = "/api/v1/health/ready",
    tag = "operations",
    responses(
        (status = 200, body = LivenessBody),
        (status = 503, body = ProblemBody, description = "`not-ready`"),
    ),
    security(()),
)]
pub(crate) async fn ready(souk: Shared) -> Result<Answer, Problem> {
    let mut failing =
        souk.operations.health.check(&souk.reads, &souk.outside).await.failing(souk.http.ready_lag);
    if souk.traffic.is_draining() {
        failing.push("draining".to_owned());
    }
    if failing.is_empty() {
        Answer::ok(&LivenessBody { status: "ok" })
    } else {
        Err(Problem::unavailable("not-ready", 1, "this node should get no requests; failing says why")
            .with_member("failing", failing))
    }
}

/// Figures for Prometheus
///
/// Text format 0.0.4. Where `SOUK_METRICS_TOKEN` is set, it is asked for as a bearer token.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn metrics(souk: Shared, request: HttpRequest) -> Result<HttpResponse, Problem> {
    authorize_scraper(&souk, &request)?;
    let text = figures::render(&souk).map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

fn authorize_scraper(souk: &Souk, request: &HttpRequest) -> Result<(), Problem> {
    let Some(token) = &souk.http.metrics_token else {
        return Ok(());
    };
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    constant_time::verify_slices_are_equal(given.as_bytes(), token.expose().as_bytes()).map_err(|_| {
        let detail = "send the token of the setting metrics_token: Authorization: Bearer …";
        Problem::unauthorized("operations.metrics_token", "Bearer realm=\"metrics\"", detail)
    })
}
