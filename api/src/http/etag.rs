//! Entity tags are stream versions: `ETag: "7"` is the state after the stream's seventh event.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH},
    },
};
use event_store::RecordedEvent;
use serde_json::{Value, json};

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// The version that the caller has seen and wants to revise; `None` without `If-Match`, or with `If-Match: *`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(IF_MATCH) {
            None => Ok(Self(None)),
            Some(value) if value == "*" => Ok(Self(None)),
            Some(value) => version(value).map(|version| Self(Some(version))).ok_or_else(|| {
                let detail = "must be one entity tag that this API gave, such as \"7\"";
                Problem::bad_request("invalid-if-match", detail).with_error(ErrorItem::new(
                    Place::Header("if-match"),
                    "invalid-if-match",
                    detail,
                ))
            }),
        })
    }
}

fn version(value: &HeaderValue) -> Option<i64> {
    let tag = value.to_str().ok()?.trim().strip_prefix('"')?.strip_suffix('"')?;
    // What follows a hyphen tells representations of one version apart (a product's stock).
    tag.split_once('-').map_or(tag, |(version, _)| version).parse().ok().filter(|version| *version >= 0)
}

/// Whether the caller already has this version (`If-None-Match`), so that 304 is enough.
#[must_use]
pub fn is_known(headers: &HeaderMap, etag: &[u8]) -> bool {
    let Some(value) = headers.get(IF_NONE_MATCH) else {
        return false;
    };
    value.as_bytes().split(|byte| *byte == b',').any(|tag| {
        let tag = tag.trim_ascii();
        let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
        tag == b"*" || tag == etag
    })
}

/// 412: others changed it in the meantime. `between` are the events after the version that the caller has seen.
#[must_use]
pub fn mismatch(seen: i64, current: i64, between: &[RecordedEvent]) -> Problem {
    let events: Vec<Value> = between
        .iter()
        .map(|event| {
            json!({
                "version": event.sequence,
                "type": event.event_type,
                "position": event.position,
                "recorded_at": event.recorded_at,
            })
        })
        .collect();
    let detail = format!("it is at version {current}, and you have seen version {seen}: look at it again");
    Problem::new(StatusCode::PRECONDITION_FAILED, "version-mismatch", detail)
        .with_member("expected_version", seen)
        .with_member("current_version", current)
        .with_member("events", events)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn if_match(value: &'static str) -> Result<Option<i64>, u16> {
        let request = TestRequest::default().insert_header((IF_MATCH, value)).to_http_request();
        IfMatch::from_request(&request, &mut Payload::None)
            .into_inner()
            .map(|tag| tag.0)
            .map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn if_match_takes_one_strong_tag() {
        assert_eq!(if_match("\"7\""), Ok(Some(7)));
        assert_eq!(if_match("\"7-120\""), Ok(Some(7)));
        assert_eq!(if_match("*"), Ok(None));
        for wrong in [
            "7",
            "W/\"7\"",
            "\"7\", \"8\"",
            "\"x\"",
            "\"99999999999999999999\"",
        ] {
            assert_eq!(if_match(wrong), Err(400), "{wrong}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        let known = |value: &'static str| {
            let request = TestRequest::default().insert_header((IF_NONE_MATCH, value)).to_http_request();
            is_known(request.headers(), b"\"7\"")
        };
        assert!(known("\"7\"") && known("W/\"7\"") && known("\"3\", \"7\"") && known("*"));
        assert!(!known("\"8\"") && !known("7"));
    }
}
