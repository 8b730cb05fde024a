//! A node of the suite's own: the log and every projection behind the same few routes as the server's, without sign-in
//! or catalogue, so that faults can be planted in it and a run starts at once.

mod shop;

use std::{io, net::SocketAddr, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes, Data, Path},
};
use anyhow::{Context, Result};
use domain::ids::{OrderId, ProductId, WarehouseId};
use event_store::{
    Actor, CommandContext, ExecuteError, Executed, Idempotency, Log, LogOptions, ids,
    subscription::{SubscriptionOptions, Subscriptions},
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use shop::{Answered, No};

/// `souk-faults node`.
#[derive(Debug, clap::Args)]
pub(crate) struct NodeArgs {
    /// Where the log is.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Where to listen.
    #[arg(long)]
    listen: SocketAddr,
    /// After how long without an answer a connection counts as dead.
    #[arg(long, default_value_t = 5_000)]
    io_timeout_ms: u64,
}

/// Runs until told to end.
pub(crate) fn run(args: &NodeArgs) -> Result<()> {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(io::stderr)
        .init();
    actix_web::rt::System::new().block_on(serve(args))
}

async fn serve(args: &NodeArgs) -> Result<()> {
    let mut options = LogOptions::new(args.database_url.parse()?);
    options.io_timeout = Duration::from_millis(args.io_timeout_ms);
    let log = Log::open(options).await.context("opening the log")?;
    // Sooner than in production, so that a node that stands still for seconds is overtaken.
    let projecting = SubscriptionOptions {
        standby_interval: Duration::from_millis(200),
        takeover_after: Duration::from_secs(1),
        ..SubscriptionOptions::default()
    };
    let subscriptions = Subscriptions::start(&log, projections::all(), projecting).await?;
    let shared = Data::new(log.clone());
    HttpServer::new(move || App::new().app_data(shared.clone()).configure(routes))
        .workers(1)
        .shutdown_timeout(5)
        .bind(args.listen)?
        .run()
        .await?;
    subscriptions.stop().await;
    log.close().await;
    Ok(())
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/v1/health/ready", web::get().to(HttpResponse::Ok))
        .route("/api/v1/orders", web::post().to(place_order))
        .route("/api/v1/orders/{order_id}/cancel", web::put().to(cancel_order))
        .route("/api/v1/inventory/stock/update", web::patch().to(adjust_stock));
}

#[derive(Deserialize)]
struct PlaceRequest {
    lines: Vec<LineRequest>,
}

#[derive(Deserialize)]
struct LineRequest {
    product_id: String,
    quantity: u32,
}

async fn place_order(log: Data<Log>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let asked = serde_json::from_slice::<PlaceRequest>(&body).ok().and_then(|request| {
        let line = |line: &LineRequest| Some((line.product_id.parse::<ProductId>().ok()?, line.quantity));
        request.lines.iter().map(line).collect::<Option<Vec<_>>>()
    });
    let (Some(lines), Some(context)) = (asked, context(&request, &body)) else {
        return problem(StatusCode::BAD_REQUEST, "malformed");
    };
    answer(StatusCode::CREATED, shop::place(&log, context, lines).await)
}

#[derive(Deserialize)]
struct AdjustRequest {
    product_id: String,
    warehouse_id: String,
    delta: i64,
    reason: String,
}

async fn adjust_stock(log: Data<Log>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let asked = serde_json::from_slice::<AdjustRequest>(&body).ok().and_then(|asked| {
        let product = asked.product_id.parse::<ProductId>().ok()?;
        Some((product, asked.warehouse_id.parse::<WarehouseId>().ok()?, asked.delta, asked.reason))
    });
    let (Some((product, warehouse, delta, reason)), Some(context)) = (asked, context(&request, &body)) else {
        return problem(StatusCode::BAD_REQUEST, "malformed");
    };
    answer(StatusCode::OK, shop::adjust(&log, context, product, warehouse, delta, &reason).await)
}

#[derive(Deserialize)]
struct CancelRequest {
    reason: String,
}

async fn cancel_order(
    log: Data<Log>,
    request: HttpRequest,
    order: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let asked = serde_json::from_slice::<CancelRequest>(&body).ok();
    let (Some(asked), Ok(order), Some(context)) = (asked, order.parse::<OrderId>(), context(&request, &body))
    else {
        return problem(StatusCode::BAD_REQUEST, "malformed");
    };
    answer(StatusCode::OK, shop::cancel(&log, context, order, &asked.reason).await)
}

/// The key of the request is its id in the table `commands` too, so that both can be compared.
fn context(request: &HttpRequest, body: &[u8]) -> Option<CommandContext> {
    let key = request.headers().get("Idempotency-Key")?.to_str().ok()?;
    let mut hash = Sha256::new();
    hash.update(request.path());
    hash.update(body);
    let idempotency = Idempotency {
        key: Uuid::try_parse(key).ok()?,
        fingerprint: hash.finalize().into(),
    };
    Some(CommandContext::new(Actor::SYSTEM).correlated(ids::uuid()).idempotent(idempotency))
}

fn answer(status: StatusCode, outcome: Result<Executed<Answered>, ExecuteError<No>>) -> HttpResponse {
    match outcome {
        Ok(done) => {
            let mut response = HttpResponse::build(status);
            response.insert_header(("Event-Position", done.position.to_string()));
            if done.replayed {
                response.insert_header(("Idempotent-Replayed", "true"));
            }
            response.json(json!({ "id": done.result.order }))
        }
        Err(ExecuteError::Refused(No(code))) => problem(StatusCode::CONFLICT, code),
        Err(ExecuteError::KeyReused) => problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused"),
        Err(ExecuteError::Busy) => problem(StatusCode::SERVICE_UNAVAILABLE, "busy"),
        Err(ExecuteError::Unavailable) => problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Err(ExecuteError::OutcomeUnknown) => problem(StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown"),
        Err(ExecuteError::Fault(reason)) => {
            tracing::error!(reason, "a command could not be executed");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}

fn problem(status: StatusCode, code: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "code": code }))
}
