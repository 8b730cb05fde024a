//! Where the program's log goes, and its traces where somebody collects them (OTLP over HTTP, W3C Trace Context).

use std::{collections::HashMap, time::Duration};

use actix_web::http::{StatusCode, header::HeaderMap};
use anyhow::{Context as _, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use event_store::TRACE_TARGET;
use opentelemetry::{
    global,
    propagation::Extractor,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
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
        let traces = config.collector.as_ref().map(|url| exporting_to(url.expose())).transpose()?;
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
    let (collector, headers) = apart(collector);
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .with_headers(headers)
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

/// A URL without its user and password, and the header that stands for them: HTTP clients write URLs into their logs.
fn apart(url: &str) -> (String, HashMap<String, String>) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), HashMap::new());
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else {
        return (url.to_owned(), HashMap::new());
    };
    let credentials = format!("Basic {}", STANDARD.encode(decoded(user)));
    (format!("{scheme}://{host}{path}"), HashMap::from([("authorization".to_owned(), credentials)]))
}

/// `%40` as `@`, and the like.
fn decoded(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                bytes.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
            }
            Some(Err(_)) | None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    bytes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_s_password_goes_into_a_header_and_out_of_the_url() {
        let (url, headers) = apart("https://souk:p%40ss%2Fword%zz@collector:4318/otlp");
        assert_eq!(url, "https://collector:4318/otlp");
        let expected = format!("Basic {}", STANDARD.encode("souk:p@ss/word%zz"));
        assert_eq!(headers["authorization"], expected);
        for plain in ["http://127.0.0.1:4318", "http://collector/a@b"] {
            assert_eq!(apart(plain), (plain.to_owned(), HashMap::new()));
        }
    }
}
