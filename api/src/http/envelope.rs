//! Around every request: its id, the security headers, errors as problems, compression, figures and one line of log.

use std::{
    borrow::Cow,
    future::{Future, Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::BoxBody,
    dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform},
    http::{
        ConnectionType, Method, StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use commands::{audit::AuditLog, identity::Device};
use event_store::Actor;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    Problem, audit,
    defence::{Gate, Pass, connections::Connection, rate::Standing},
    device::device,
    overdue::Overdue,
    packing::compress,
    routes::PathFigures,
};
use crate::operations::{AccessLog, RequestLine, end_request_span, request_span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    /// Who is let in.
    pub gate: Arc<Gate>,
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
        let id = request_id(request.headers());
        let method = request.method().clone();
        let span = request_span(method.as_str(), request.headers(), id);
        let connection = request.conn_data::<Arc<Connection>>().cloned();
        if let Some(connection) = &connection {
            connection.begin();
        }
        let (pass, at_once) = self.envelope.gate.admit(&request);
        request.extensions_mut().insert(RequestId(id));
        if let Some(standing) = pass.standing {
            request.extensions_mut().insert(standing);
        }
        let answer = Ending {
            started: Instant::now(),
            counted: Counted::new(&self.envelope.traffic),
            requests: self.envelope.requests.clone(),
            dress: Dress { id, gate: Arc::clone(&self.envelope.gate), pass },
            connection,
            audit: self.envelope.audit.clone(),
            // Of a request whose answer is given up nothing else is left.
            device: (!method.is_safe()).then(|| device(request.request())),
            method,
            span,
        };
        if let Some(response) = at_once {
            // `into_response` would forget which problem it is.
            let response = ServiceResponse::new(request.into_parts().0, response);
            return Box::pin(ready(Ok(answer.finish(response))));
        }
        let time_limit = self.envelope.time_limit;
        let answering = self.service.call(request).instrument(answer.span.clone());
        Box::pin(async move {
            match tokio::time::timeout(time_limit, answering).await {
                Ok(Ok(response)) => Ok(answer.finish(response)),
                Ok(Err(error)) => {
                    answer.rest();
                    Err(error)
                }
                Err(_) => Err(answer.give_up().into()),
            }
        })
    }
}

/// What every answer carries.
#[derive(Clone)]
pub(super) struct Dress {
    pub(super) id: Uuid,
    gate: Arc<Gate>,
    pass: Pass,
}

impl std::fmt::Debug for Dress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dress").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Dress {
    pub(super) fn put_on(&self, headers: &mut HeaderMap) {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        if let Ok(value) = HeaderValue::from_str(self.id.hyphenated().encode_lower(&mut text)) {
            headers.insert(REQUEST_ID, value);
        }
        self.gate.set_headers(&self.pass, headers);
    }
}

/// A request under way, until its answer is ready.
struct Ending {
    started: Instant,
    counted: Counted,
    requests: Option<AccessLog>,
    dress: Dress,
    connection: Option<Arc<Connection>>,
    audit: Option<AuditLog>,
    device: Option<Device>,
    method: Method,
    span: tracing::Span,
}

impl Ending {
    fn finish(mut self, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let id = self.dress.id;
        let code = show_problem(&mut response, id);
        let is_unread =
            matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE);
        if is_unread || self.counted.0.is_draining() {
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        // Whoever turned out to be signed in has a standing of its own.
        let known = response.request().extensions().get::<Standing>().copied();
        self.dress.pass.standing = known.or(self.dress.pass.standing);
        self.dress.put_on(response.headers_mut());
        let response = compress(response);
        note(&response, id, self.started, self.requests.as_ref());
        let route = response.request().app_data::<PathFigures>();
        if let Some(audit) = &self.audit
            && self.dress.gate.is_worth_noting(code.as_deref())
            && let Some(entry) =
                audit::entry(&response, id, route.map(PathFigures::shared_path), code, self.device.take())
        {
            audit.note(entry);
        }
        let route = route.map(PathFigures::path);
        end_request_span(&self.span, self.method.as_str(), route, response.status());
        match &self.connection {
            Some(connection) => connection.end(response),
            None => response,
        }
    }

    fn rest(&self) {
        if let Some(connection) = &self.connection {
            connection.rest();
        }
    }

    fn give_up(self) -> Overdue {
        self.rest();
        if let (Some(audit), Some(device)) = (self.audit, self.device) {
            audit.note(audit::overdue(self.dress.id, &self.method, device));
        }
        Overdue { is_safe: self.method.is_safe(), dress: self.dress }
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
