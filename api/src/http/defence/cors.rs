//! Pages of other origins that may use the API from a browser (CORS, as the Fetch standard has it). Only origins that are
//! named get anything; with cookies, because sessions of browsers live in them.

use actix_web::{
    HttpResponse,
    dev::RequestHead,
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
        },
    },
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What pages may send. An API key is for programs: no page holds one.
const TAKEN: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, accept-language, idempotency-key, if-match, if-none-match, last-event-id, min-event-position, \
     x-cart-token, x-csrf-token, x-request-id, traceparent",
);
/// What scripts may read.
const SHOWN: HeaderValue = HeaderValue::from_static(
    "etag, location, event-position, idempotent-replayed, content-language, content-disposition, retry-after, \
     ratelimit, ratelimit-policy, x-request-id, www-authenticate",
);
/// Browsers keep the answer to a preflight for ten minutes.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("600");

/// One origin, exactly as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl std::str::FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Err("must name each origin: with * every site could act with its visitors' cookies");
        }
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_host = |host: &str| {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
                && !host.contains(['/', '?', '#', '@', '*', ',', '\\'])
        };
        let value = HeaderValue::from_str(text).ok().filter(|_| host.is_some_and(is_host));
        value
            .map(Self)
            .ok_or("must be origins such as https://portal.example (no path, lower case), with commas")
    }
}

/// The origins that are let in.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Vec<Origin>,
}

/// What an answer must say about its origin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mark {
    /// Caches must not give one origin's answer to another.
    is_by_origin: bool,
    origin: Option<HeaderValue>,
}

impl Cors {
    /// Lets `origins` in.
    #[must_use]
    pub const fn new(origins: Vec<Origin>) -> Self {
        Self { origins }
    }

    /// What the answer to a request must say.
    pub(super) fn mark(&self, headers: &HeaderMap) -> Mark {
        if self.origins.is_empty() {
            return Mark::default();
        }
        let asked = headers.get(ORIGIN);
        let known = asked.filter(|asked| self.origins.iter().any(|origin| origin.0 == *asked));
        Mark { is_by_origin: true, origin: known.cloned() }
    }
}

impl Mark {
    /// The answer to a preflight; `None` for every other request, and for origins that nobody named.
    pub(super) fn preflight(&self, head: &RequestHead) -> Option<HttpResponse> {
        let is_preflight =
            head.method == Method::OPTIONS && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight || self.origin.is_none() {
            return None;
        }
        let mut response = HttpResponse::NoContent();
        response.insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS));
        response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, TAKEN));
        response.insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE_S));
        Some(response.finish())
    }

    /// Sets the headers.
    pub(super) fn set(&self, headers: &mut HeaderMap) {
        if !self.is_by_origin {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = &self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_origins_are_taken() {
        for good in [
            "https://portal.example",
            "http://127.0.0.1:3000",
            "https://[::1]:8443",
        ] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "portal.example",
            "https://",
            "https://portal.example/",
            "https://*.example",
            "https://Portal.example",
            "https://me@portal.example",
            "ftp://portal.example",
            "https://portal.example evil",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
