//! Errors as the client sees them: RFC 9457 `application/problem+json`, never a stack trace or SQL.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
};
use domain::refusal::Fault;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use super::problem_body::{ProblemBody, ProblemItemBody};

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Where in the request a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// JSON Pointer (RFC 6901) into the body; empty when it is the whole.
    Body(String),
    /// A query parameter.
    Query(String),
    /// A header.
    Header(&'static str),
    /// A segment of the path.
    Path(&'static str),
}

/// One fault of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorItem {
    /// Where.
    pub place: Place,
    /// Stable code.
    pub code: Cow<'static, str>,
    /// One sentence for a person.
    pub detail: String,
    /// The numbers that the caller needs: `requested`, `available`, `by_warehouse`, …
    pub numbers: Map<String, Value>,
}

impl ErrorItem {
    /// A fault at `place`, without numbers.
    pub fn new(place: Place, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self {
            place,
            code: code.into(),
            detail: detail.into(),
            numbers: Map::new(),
        }
    }

    fn to_json(&self) -> Value {
        let (name, place) = match &self.place {
            Place::Body(pointer) => ("pointer", pointer.as_str()),
            Place::Query(name) => ("parameter", name.as_str()),
            Place::Header(name) => ("header", *name),
            Place::Path(name) => ("segment", *name),
        };
        let mut item = json!({ "code": self.code, "detail": self.detail, name: place });
        if let (Some(item), false) = (item.as_object_mut(), self.numbers.is_empty()) {
            item.insert("numbers".to_owned(), Value::Object(self.numbers.clone()));
        }
        item
    }
}

impl From<Fault> for ErrorItem {
    fn from(fault: Fault) -> Self {
        Self {
            place: Place::Body(as_requested(fault.pointer)),
            code: fault.code.into(),
            detail: fault.message,
            numbers: fault.numbers,
        }
    }
}

/// The domain speaks of a product where a request names its id.
fn as_requested(pointer: String) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    match last {
        "product" | "warehouse" | "customer" | "company" | "hold" => pointer + "_id",
        _ => pointer,
    }
}

/// An error answer. Boxed, so that the happy path of every handler stays small.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    errors: Vec<ErrorItem>,
    members: Map<String, Value>,
    retry_after_s: Option<u32>,
    challenge: Option<&'static str>,
    allow: Option<String>,
    header: Option<(HeaderName, &'static str)>,
    cause: Option<String>,
}

impl Problem {
    /// A problem with a stable code and one sentence for a person.
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after_s: None,
            challenge: None,
            allow: None,
            header: None,
            cause: None,
        }))
    }

    /// 400.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 422 with every fault of the body.
    #[must_use]
    pub fn invalid_fields(errors: Vec<ErrorItem>) -> Self {
        let detail = "some fields of the request are not valid; errors says which and why";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail).with_errors(errors)
    }

    /// 400 with every fault of the query.
    #[must_use]
    pub fn invalid_parameters(errors: Vec<ErrorItem>) -> Self {
        let detail = "some query parameters are not valid; errors says which and why";
        Self::bad_request("invalid-parameter", detail).with_errors(errors)
    }

    /// 404 for a thing that does not exist, or that the caller may not know about.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here, or nothing that you may see")
    }

    /// 404 of one kind of thing, with the code that commands use for it.
    pub fn missing(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 403.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "your account may not do this")
    }

    /// 401 with the challenge that RFC 6750 wants.
    pub fn unauthorized(code: &'static str, challenge: &'static str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, code, detail);
        problem.0.challenge = Some(challenge);
        problem
    }

    /// 500. `cause` is logged with the request's id and never shown.
    #[must_use]
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        let detail = "something went wrong on our side; the request id helps us to find it";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).caused_by(cause)
    }

    /// 503 with the seconds after which a repeat makes sense.
    pub fn unavailable(code: &'static str, retry_after_s: u32, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(retry_after_s)
    }

    /// Adds `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Adds the methods that would have been allowed.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Adds a header of its own.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// Adds details.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<ErrorItem>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds one detail.
    #[must_use]
    pub fn with_error(mut self, error: ErrorItem) -> Self {
        self.0.errors.push(error);
        self
    }

    /// Moves every fault of the body below `prefix`, where the use case saw only a part of the body.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        for item in &mut self.0.errors {
            if let Place::Body(pointer) = &mut item.place {
                pointer.insert_str(0, prefix);
            }
        }
        self
    }

    /// Adds a member of its own to the document.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps the chain of causes for the log.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        self.0.cause = Some(chain);
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// As [`Self::code`], for whoever keeps it.
    pub(super) fn shared_code(&self) -> Cow<'static, str> {
        self.0.code.clone()
    }

    /// Each fault as the answer tells it.
    #[must_use]
    pub fn errors(&self) -> Vec<Value> {
        self.0.errors.iter().map(ErrorItem::to_json).collect()
    }

    /// What went wrong inside, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer, with the id of the request that it answers.
    #[must_use]
    pub fn respond(&self, request_id: Option<Uuid>) -> HttpResponse {
        let inner = &*self.0;
        let mut document = Map::new();
        document.insert("type".to_owned(), format!("/docs#problem-{}", inner.code).into());
        document.insert("title".to_owned(), inner.status.canonical_reason().unwrap_or("Error").into());
        document.insert("status".to_owned(), inner.status.as_u16().into());
        document.insert("code".to_owned(), inner.code.as_ref().into());
        document.insert("detail".to_owned(), inner.detail.as_str().into());
        if let Some(id) = request_id {
            document.insert("request_id".to_owned(), id.to_string().into());
        }
        if !inner.errors.is_empty() {
            document.insert("errors".to_owned(), Value::Array(self.errors()));
        }
        document.extend(inner.members.clone());
        let mut response = HttpResponse::build(inner.status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)));
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        if let Some(seconds) = inner.retry_after_s {
            response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if let Some(challenge) = inner.challenge {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        if let Some(allow) = &inner.allow {
            response.insert_header((ALLOW, allow.as_str()));
        }
        if let Some((name, value)) = &inner.header {
            response.insert_header((name.clone(), HeaderValue::from_static(value)));
        }
        response.body(Value::Object(document).to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_problem_carries_the_code_the_place_and_the_numbers() {
        let mut item = ErrorItem::new(
            Place::Body("/lines/0/quantity".into()),
            "inventory.insufficient_stock",
            "only 6 of 10",
        );
        item.numbers.insert("available".into(), 6.into());
        let problem = Problem::new(StatusCode::CONFLICT, "inventory.insufficient_stock", "too little stock")
            .with_error(item)
            .retry_after(3);
        let response = problem.respond(Some(Uuid::nil()));
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "3");
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), MEDIA_TYPE);
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "/docs#problem-inventory.insufficient_stock",
                "title": "Conflict",
                "status": 409,
                "code": "inventory.insufficient_stock",
                "detail": "too little stock",
                "request_id": "00000000-0000-0000-0000-000000000000",
                "errors": [{
                    "pointer": "/lines/0/quantity",
                    "code": "inventory.insufficient_stock",
                    "detail": "only 6 of 10",
                    "numbers": {"available": 6},
                }],
            })
        );
    }

    #[test]
    fn a_cause_is_kept_for_the_log_and_not_shown() {
        let cause = std::io::Error::other("password=secret");
        let problem = Problem::internal(&cause);
        assert_eq!(problem.cause(), Some("password=secret"));
        assert!(!problem.to_string().contains("secret"));
    }
}
