//! What the audit log learns of a request: every command, accepted or not, everything that was refused for lack of
//! rights, and every look at what is sensitive.

use std::{
    borrow::Cow,
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::BoxBody,
    dev::{Payload, ServiceResponse},
    http::{Method, StatusCode, header::HeaderName},
};
use commands::{
    Principal,
    audit::AuditEntry,
    identity::{Device, Email, Identity},
};
use event_store::{Actor, LogPosition};
use uuid::Uuid;

use super::device::device as device_of;
const EVENT_POSITION: HeaderName = HeaderName::from_static("event-position");

/// The longest part of a path that is kept as an id.
const MAX_ID_CHARS: usize = 64;

/// Reads that are commands in their weight: somebody takes data away, or looks at what others did.
const SENSITIVE: &[&str] = &[
    "/api/v1/audit/",
    "/api/v1/export/",
    "/api/v1/users/{id}/data-export",
];

/// The address that somebody tried to sign in with, as a keyed hash.
#[derive(Clone, Copy)]
struct Tried([u8; 32]);

/// For handlers that know more about who is calling than the request's head says.
#[derive(Debug, Clone)]
pub struct Subject(HttpRequest);

impl FromRequest for Subject {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

impl Subject {
    /// Somebody claims to own this address.
    pub fn tries(&self, identity: &Identity, email: &Email) {
        self.0.extensions_mut().insert(Tried(identity.email_lookup(email)));
    }

    /// Who it was has turned out.
    pub fn is(&self, principal: &Principal) {
        self.0.extensions_mut().insert(principal.actor());
    }
}

/// Whether the audit log wants to know.
fn is_wanted(method: &Method, route: Option<&str>, status: StatusCode) -> bool {
    let is_refused =
        matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let is_sensitive = || {
        let is_in = |route: &str| SENSITIVE.iter().any(|prefix| route.starts_with(prefix));
        route.is_some_and(is_in)
    };
    !method.is_safe() || is_refused || is_sensitive()
}

/// The entry of a request that was answered; `None` where the audit log does not want it. `code` says why it was refused.
pub(super) fn entry(
    response: &ServiceResponse<BoxBody>,
    id: Uuid,
    route: Option<&Arc<str>>,
    code: Option<Cow<'static, str>>,
    device: Option<Device>,
) -> Option<AuditEntry> {
    let request = response.request();
    if !is_wanted(request.method(), route.map(AsRef::as_ref), response.status()) {
        return None;
    }
    let extensions = request.extensions();
    let position = response.headers().get(EVENT_POSITION).and_then(|value| value.to_str().ok());
    Some(AuditEntry {
        at: event_store::ids::now(),
        request: id,
        actor: extensions.get::<Actor>().copied().unwrap_or(Actor::ANONYMOUS),
        email: extensions.get::<Tried>().map(|tried| tried.0),
        method: name(request.method()),
        route: route.cloned(),
        target: target(request),
        status: response.status().as_u16(),
        code,
        position: position.and_then(|text| text.parse::<LogPosition>().ok()).map(|reached| reached.position),
        device: device.unwrap_or_else(|| device_of(request)),
    })
}

/// The entry of a command whose answer was given up: it may have happened.
pub(super) fn overdue(id: Uuid, method: &Method, device: Device) -> AuditEntry {
    AuditEntry {
        at: event_store::ids::now(),
        request: id,
        actor: Actor::ANONYMOUS,
        email: None,
        method: name(method),
        route: None,
        target: None,
        status: StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        code: Some("outcome-unknown".into()),
        position: None,
        device,
    }
}

/// The ids in the path. Nothing else of it: what a caller makes up may be anything.
fn target(request: &HttpRequest) -> Option<String> {
    let ids = request.match_info().iter().map(|(_, value)| value).filter(|value| is_id(value));
    let ids: Vec<_> = ids.collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Whether it looks like `ord_…`: three letters, and a UUID without hyphens.
fn is_id(text: &str) -> bool {
    let Some((prefix, id)) = text.split_once('_') else {
        return false;
    };
    text.len() <= MAX_ID_CHARS
        && prefix.len() == 3
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
        && id.len() == uuid::fmt::Simple::LENGTH
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_refusals_and_sensitive_reads_are_wanted() {
        let wanted = |method: Method, route: &str, status: u16| {
            is_wanted(&method, Some(route), StatusCode::from_u16(status).unwrap())
        };
        assert!(wanted(Method::POST, "/api/v1/orders", 201) && wanted(Method::DELETE, "/x", 404));
        assert!(wanted(Method::GET, "/api/v1/products", 401) && wanted(Method::GET, "/x", 403));
        assert!(wanted(Method::GET, "/api/v1/audit/events", 200));
        assert!(wanted(Method::GET, "/api/v1/users/{id}/data-export", 200));
        assert!(!wanted(Method::GET, "/api/v1/products", 200) && !wanted(Method::GET, "/x", 404));
        assert!(is_wanted(&Method::PUT, None, StatusCode::NOT_FOUND));
    }

    #[test]
    fn only_ids_are_kept_of_a_path() {
        assert!(is_id("ord_0190c7a2000070008000000000000001"));
        for other in [
            "WELCOME10",
            "ord_1",
            "shirin@example.com",
            "orders_0190c7a2000070008000000000000001",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
