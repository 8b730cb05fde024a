//! Around every request: its id, the security headers, errors as problems, compression, figures and one line of log.

use std::{
    borrow::Cow,
    future::{Future, Ready, ready},
    io::Write,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform},
    http::{
        ConnectionType,
        header::{
            ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
            HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use commands::audit::AuditLog;
use event_store::Actor;
use flate2::{Compression, write::GzEncoder};
use tracing::Instrument;
use uuid::Uuid;

use super::{Problem, audit, device::device, overdue::Overdue, routes::PathFigures};
use crate::operations::{AccessLog, RequestLine, end_request_span, request_span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bodies below this many bytes are sent as they are: gzip would hardly make them smaller.
pub const COMPRESS_FROM_BYTES: usize = 1_024;

/// The id of a request: the caller's own `X-Request-Id` where that is a UUID, else a new one. It is the correlation id of
/// every event that the request causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl FromRequest for RequestId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().copied();
        ready(Ok(known.unwrap_or_else(|| Self(event_store::ids::uuid()))))
    }
}

/// What is under way on this node, so that a stop can wait for it.
#[derive(Debug, Default)]
pub struct Traffic {
    in_flight: AtomicUsize,
    is_draining: AtomicBool,
    /// Requests that began since draining began.
    stragglers: AtomicUsize,
}

impl Traffic {
    /// How many requests are being answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How many requests came since [`Self::drain`], on connections that were open already.
    #[must_use]
    pub fn stragglers(&self) -> usize {
        self.stragglers.load(Ordering::Relaxed)
    }

    /// From now on every answer closes its connection.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether the node is on its way out.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}

struct Counted(Arc<Traffic>);

impl Counted {
    fn new(traffic: &Arc<Traffic>) -> Self {
        traffic.in_flight.fetch_add(1, Ordering::Relaxed);
        if traffic.is_draining() {
            traffic.stragglers.fetch_add(1, Ordering::Relaxed);
        }
        Self(Arc::clone(traffic))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The middleware. One for everything, because each further layer costs every request.
#[derive(Clone)]
pub struct Envelope {
    /// Counts what is under way.
    pub traffic: Arc<Traffic>,
    /// Whether browsers are told to use TLS only: true where the public URL is `https`.
    pub is_tls_only: bool,
    /// How long an answer may take to begin.
    pub time_limit: Duration,
    /// Where every request is noted; `None` where that is not wanted.
    pub requests: Option<AccessLog>,
    /// Who asked for what; `None` in tests that do not look.
    pub audit: Option<AuditLog>,
}

impl<S> Transform<S, ServiceRequest> for Envelope
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = EnvelopeService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EnvelopeService { service, envelope: self.clone() }))
    }
}

/// The middleware at work on one worker.
pub struct EnvelopeService<S> {
    service: S,
    envelope: Envelope,
}

impl<S> Service<ServiceRequest> for EnvelopeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let counted = Counted::new(&self.envelope.traffic);
        let id = request_id(request.headers());
        request.extensions_mut().insert(RequestId(id));
        let is_tls_only = self.envelope.is_tls_only;
        let requests = self.envelope.requests.clone();
        let time_limit = self.envelope.time_limit;
        let is_safe = request.method().is_safe();
        let method = request.method().clone();
        let audit = self.envelope.audit.clone();
        // Of a request whose answer is given up nothing else is left.
        let device = (!is_safe).then(|| device(request.request()));
        let span = request_span(method.as_str(), request.headers(), id);
        let answering = self.service.call(request).instrument(span.clone());
        Box::pin(async move {
            let mut response = match tokio::time::timeout(time_limit, answering).await {
                Ok(response) => response?,
                Err(_) => {
                    if let (Some(audit), Some(device)) = (audit, device) {
                        audit.note(audit::overdue(id, &method, device));
                    }
                    return Err(Overdue { id, is_safe, is_tls_only }.into());
                }
            };
            let code = show_problem(&mut response, id);
            let is_draining = counted.0.is_draining();
            if is_draining {
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            set_headers(response.headers_mut(), id, is_tls_only);
            let response = compress(response);
            note(&response, id, started, requests.as_ref());
            let route = response.request().app_data::<PathFigures>();
            if let Some(audit) = audit
                && let Some(entry) =
                    audit::entry(&response, id, route.map(PathFigures::shared_path), code, device)
            {
                audit.note(entry);
            }
            let route = route.map(PathFigures::path);
            end_request_span(&span, method.as_str(), route, response.status());
            Ok(response)
        })
    }
}

fn request_id(headers: &HeaderMap) -> Uuid {
    headers
        .get(REQUEST_ID)
        .and_then(|value| Uuid::try_parse_ascii(value.as_bytes()).ok())
        .filter(|id| !id.is_nil())
        .unwrap_or_else(event_store::ids::uuid)
}

/// Gives every error its final form: ours with the request's id, the framework's as a problem of ours.
/// Answers its code.
fn show_problem(response: &mut ServiceResponse<BoxBody>, id: Uuid) -> Option<Cow<'static, str>> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let error = response.response().error()?;
    let (shown, code) = match error.as_error::<Problem>() {
        Some(problem) => {
            if let Some(cause) = problem.cause() {
                tracing::error!(request.id = %id, problem.code = problem.code(), error = cause, "request failed");
            }
            (problem.respond(Some(id)), problem.shared_code())
        }
        None => {
            tracing::debug!(request.id = %id, error = %error, "the framework refused a request");
            let reason = status.canonical_reason().unwrap_or("the request was refused");
            (Problem::new(status, "refused", reason).respond(Some(id)), Cow::Borrowed("refused"))
        }
    };
    *response.response_mut() = shown;
    Some(code)
}

pub(super) fn set_headers(headers: &mut HeaderMap, id: Uuid, is_tls_only: bool) {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if is_tls_only {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}

/// Whether the caller takes gzip (RFC 9110, 12.5.3); without the header the answer is sent as it is.
#[must_use]
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let Some(accept) = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let weight = |name: &str| {
        accept.split(',').find_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().filter(|coding| coding.eq_ignore_ascii_case(name))?;
            let quality = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
            Some(quality.bytes().any(|byte| (b'1'..=b'9').contains(&byte)))
        })
    };
    weight("gzip").or_else(|| weight("*")).unwrap_or(false)
}

/// `bytes` in gzip; `None` where that fails or gains nothing.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(5));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < bytes.len())
}

fn compress(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_long = matches!(
        response.response().body().size(),
        BodySize::Sized(bytes) if usize::try_from(bytes).is_ok_and(|bytes| bytes >= COMPRESS_FROM_BYTES)
    );
    if !is_long || response.headers().contains_key(CONTENT_ENCODING) || !is_text(response.headers()) {
        return response;
    }
    let is_wanted = takes_gzip(response.request().headers());
    response.map_body(|head, body| {
        head.headers_mut().append(VARY, HeaderValue::from_static("Accept-Encoding"));
        if !is_wanted {
            return body;
        }
        let bytes = match body.try_into_bytes() {
            Ok(bytes) => bytes,
            Err(body) => return body,
        };
        let Some(packed) = gzip(&bytes) else {
            return BoxBody::new(bytes);
        };
        head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        BoxBody::new(packed)
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/") || kind.contains("json") || kind.contains("javascript"))
}

fn note(response: &ServiceResponse<BoxBody>, id: Uuid, started: Instant, requests: Option<&AccessLog>) {
    let took = started.elapsed();
    let request = response.request();
    let status = response.status();
    let path = request.app_data::<PathFigures>();
    if let Some(figures) = path.and_then(|path| path.of(request.method())) {
        figures.record(status, took);
    }
    if let Some(requests) = requests {
        requests.note(&RequestLine {
            at: event_store::ids::now(),
            request: id,
            method: request.method(),
            route: path.map(PathFigures::path),
            status,
            took,
            actor: request.extensions().get::<Actor>().copied(),
        });
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn gzip_wanted(accept: &'static str) -> bool {
        takes_gzip(
            TestRequest::default().insert_header((ACCEPT_ENCODING, accept)).to_http_request().headers(),
        )
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        assert!(gzip_wanted("gzip") && gzip_wanted("br;q=1, GZIP;q=0.5") && gzip_wanted("*"));
        assert!(
            !gzip_wanted("br") && !gzip_wanted("gzip;q=0") && !gzip_wanted("gzip;q=0, *") && !gzip_wanted("")
        );
        assert!(!takes_gzip(TestRequest::default().to_http_request().headers()));
    }

    #[test]
    fn only_a_uuid_is_taken_over_as_the_id() {
        let id = |value: &'static str| {
            request_id(TestRequest::default().insert_header((REQUEST_ID, value)).to_http_request().headers())
        };
        let own = "0190c7a2-0000-7000-8000-000000000001";
        assert_eq!(id(own).to_string(), own);
        assert_ne!(id("x"), id("x"));
        assert!(!id("00000000-0000-0000-0000-000000000000").is_nil());
    }
}
