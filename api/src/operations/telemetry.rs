//! Where the program's log goes, and its traces where somebody collects them (OTLP over HTTP, W3C Trace Context).

use std::time::Duration;

use actix_web::http::{StatusCode, header::HeaderMap};
use anyhow::{Context as _, Result};
use event_store::TRACE_TARGET;
use opentelemetry::{
    global,
    propagation::Extractor,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};
use uuid::Uuid;

use crate::config::LoggingConfig;

/// How long the collector may take for one lot of spans.
const PATIENCE: Duration = Duration::from_secs(5);

/// What must be sent before the program ends.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to write. A second call in one process changes nothing.
    ///
    /// # Errors
    /// When the address of the collector cannot be used.
    pub fn install(config: &LoggingConfig) -> Result<Self> {
        let traces = config.collector.as_deref().map(exporting_to).transpose()?;
        let spans = traces.as_ref().map(|provider| {
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("souk"));
            layer.with_filter(filter_fn(|metadata| metadata.target() == TRACE_TARGET))
        });
        let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
        let filter = match format!("{TRACE_TARGET}=off").parse() {
            Ok(no_spans) => filter.add_directive(no_spans),
            Err(_) => filter,
        };
        let lines = fmt::layer().with_writer(std::io::stderr);
        let lines = if config.is_json {
            lines.json().flatten_event(true).with_filter(filter).boxed()
        } else {
            lines.with_filter(filter).boxed()
        };
        drop(tracing_subscriber::registry().with(lines).with(spans).try_init());
        Ok(Self { traces })
    }

    /// Sends the spans that still wait.
    pub async fn flush(self) {
        if let Some(traces) = self.traces {
            // The exporter waits for the network on the thread that asks.
            let sent = tokio::task::spawn_blocking(move || traces.shutdown_with_timeout(PATIENCE)).await;
            if !matches!(sent, Ok(Ok(()))) {
                tracing::warn!("the last traces could not be sent");
            }
        }
    }
}

fn exporting_to(collector: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .with_timeout(PATIENCE)
        .build()
        .context("traces cannot be exported (setting otlp_endpoint)")?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("souk");
    }
    Ok(SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter).build())
}

/// The span of a request: part of the caller's trace where it names one (`traceparent`). Costs next to nothing where
/// nobody collects.
pub(crate) fn request_span(method: &str, headers: &HeaderMap, id: Uuid) -> Span {
    let span = tracing::info_span!(
        target: TRACE_TARGET,
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        http.request.method = method,
        http.route = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
        correlation.id = %id,
    );
    if !span.is_disabled() {
        let parent = global::get_text_map_propagator(|known| known.extract(&Headers(headers)));
        drop(span.set_parent(parent));
    }
    span
}

/// Adds what is known when the request was answered.
pub(crate) fn end_request_span(span: &Span, method: &str, route: Option<&str>, status: StatusCode) {
    if span.is_disabled() {
        return;
    }
    if let Some(route) = route {
        span.context().span().update_name(format!("{method} {route}"));
        span.record("http.route", route);
    }
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
