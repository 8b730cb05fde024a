//! Successful answers: JSON with the headers that the shared rules ask for.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION, VARY,
        },
    },
};
use event_store::{Executed, LogPosition};
use serde::Serialize;

use super::{Problem, etag};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer under way. Nothing that it says may be stored by a cache unless [`Answer::public`] says so.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
    etag: Option<String>,
    is_public: bool,
}

impl Answer {
    /// `body` as JSON.
    ///
    /// # Errors
    /// When `body` cannot be serialized: a fault of ours.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self {
            status,
            body: serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?,
            headers: Vec::new(),
            etag: None,
            is_public: false,
        })
    }

    /// 200 with `body`.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with `body`, and where the new thing is.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub fn created(location: &str, body: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::json(StatusCode::CREATED, body)?.header(LOCATION, location))
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Vec::new(),
            headers: Vec::new(),
            etag: None,
            is_public: false,
        }
    }

    /// Adds the version as `ETag`; a caller who has it gets 304.
    #[must_use]
    pub fn etag(mut self, version: i64) -> Self {
        self.etag = Some(format!("\"{version}\""));
        self
    }

    /// As [`Self::etag`], where the answer shows something that changes without the version.
    #[must_use]
    pub fn etag_of(mut self, version: i64, besides: i64) -> Self {
        match besides {
            0 => self.etag(version),
            besides => {
                self.etag = Some(format!("\"{version}-{besides}\""));
                self
            }
        }
    }

    /// Says how far the log has come with this command, and whether this is a first answer again.
    #[must_use]
    pub fn executed<R>(self, executed: &Executed<R>) -> Self {
        let answer = self.position(executed.position);
        if executed.replayed {
            answer.header(HeaderName::from_static("idempotent-replayed"), "true")
        } else {
            answer
        }
    }

    /// Adds `Event-Position`.
    #[must_use]
    pub fn position(self, position: LogPosition) -> Self {
        self.header(HeaderName::from_static("event-position"), &position.to_string())
    }

    /// Says which language was picked.
    #[must_use]
    pub fn language(mut self, tag: &str) -> Self {
        self.headers.push((VARY, HeaderValue::from_static("Accept-Language")));
        self.header(CONTENT_LANGUAGE, tag)
    }

    /// May be stored by anybody for `seconds`.
    #[must_use]
    pub fn public(mut self, seconds: u32) -> Self {
        self.is_public = true;
        self.header(CACHE_CONTROL, &format!("public, max-age={seconds}"))
    }

    /// Adds a header; a value that HTTP cannot carry is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        // A command is carried out even for somebody who has seen the outcome.
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_known = is_read
            && self.etag.as_ref().is_some_and(|tag| etag::is_known(request.headers(), tag.as_bytes()));
        let mut response = HttpResponse::build(if is_known {
            StatusCode::NOT_MODIFIED
        } else {
            self.status
        });
        for header in self.headers {
            response.append_header(header);
        }
        if !self.is_public {
            response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        }
        if let Some(tag) = &self.etag {
            response.insert_header((ETAG, tag.as_str()));
        }
        if is_known || self.status == StatusCode::NO_CONTENT {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, JSON));
        response.body(self.body)
    }
}
