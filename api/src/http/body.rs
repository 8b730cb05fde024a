//! Request bodies: JSON, in time, not too large, not too deep, nothing unknown in it.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH},
    },
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::timeout;

use super::{
    Problem,
    defence::{DEPTH_LIMIT, is_too_deep},
    problem::{ErrorItem, Place},
};
use crate::souk::Shared;

/// How much of a body is read, and for how long.
#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: usize,
    wait: Duration,
}

impl Limits {
    fn of(request: &HttpRequest) -> Self {
        let configured = request.app_data::<Shared>().map(|souk| &souk.http.defence);
        configured.map_or(Self { bytes: 1_048_576, wait: Duration::from_secs(15) }, |defence| Self {
            bytes: defence.body_limit_bytes,
            wait: defence.body_wait,
        })
    }
}

/// A JSON body of the type `T`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = Limits::of(request);
        let checked = check_head(request, limits);
        let payload = payload.take();
        Box::pin(async move {
            checked?;
            parse(&collect(payload, limits).await?).map(Self)
        })
    }
}

/// A JSON body that may be left out altogether.
#[derive(Debug)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limits = Limits::of(request);
        let checked = check_head(request, limits);
        let payload = payload.take();
        Box::pin(async move {
            let bytes = collect(payload, limits).await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            checked?;
            parse(&bytes).map(Self)
        })
    }
}

fn check_head(request: &HttpRequest, limits: Limits) -> Result<(), Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length > limits.bytes)
    {
        return Err(too_large(limits));
    }
    // Nothing is unpacked here, so nothing can burst.
    if let Some(coding) = request.headers().get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let detail = "send the body as it is: packed bodies are not taken";
        return Err(unsupported(CONTENT_ENCODING.as_str(), "unsupported-content-encoding", detail)
            .with_header(ACCEPT_ENCODING, "identity"));
    }
    let essence = request.content_type().trim();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let detail = "send JSON, and say so: Content-Type: application/json";
    Err(unsupported("content-type", "unsupported-media-type", detail))
}

fn unsupported(header: &'static str, code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail).with_error(ErrorItem::new(
        Place::Header(header),
        code,
        detail,
    ))
}

fn too_large(limits: Limits) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        format!("a body may have at most {} bytes", limits.bytes),
    )
    .with_member("limit_bytes", limits.bytes)
}

/// The whole body, in time: who sends a byte now and then holds nothing for long.
async fn collect(payload: Payload, limits: Limits) -> Result<Bytes, Problem> {
    timeout(limits.wait, collect_all(payload, limits)).await.unwrap_or_else(|_| {
        let detail =
            format!("the body did not arrive within {} seconds; nothing happened", limits.wait.as_secs());
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", detail))
    })
}

async fn collect_all(mut payload: Payload, limits: Limits) -> Result<Bytes, Problem> {
    let Some(first) = next(&mut payload, limits).await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = next(&mut payload, limits).await? else {
        // Nearly every body comes in one piece: no copy.
        return Ok(first);
    };
    let mut whole = BytesMut::from(&first[..]);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if whole.len() + bytes.len() > limits.bytes {
            return Err(too_large(limits));
        }
        whole.extend_from_slice(&bytes);
        piece = next(&mut payload, limits).await?;
    }
    Ok(whole.freeze())
}

async fn next(payload: &mut Payload, limits: Limits) -> Result<Option<Bytes>, Problem> {
    match payload.next().await {
        None => Ok(None),
        Some(Ok(bytes)) if bytes.len() > limits.bytes => Err(too_large(limits)),
        Some(Ok(bytes)) => Ok(Some(bytes)),
        Some(Err(_)) => Err(Problem::bad_request("incomplete-body", "the body could not be read to its end")),
    }
}

/// One JSON object.
///
/// # Errors
/// 400 where it is no JSON, 422 where it is not what is wanted.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if is_too_deep(bytes) {
        let detail = format!("JSON may nest at most {DEPTH_LIMIT} deep");
        return Err(Problem::bad_request("json-too-deep", detail).with_member("limit", DEPTH_LIMIT));
    }
    // Every body is an object; serde would take an array of the members' values as well.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => wrong(String::new(), "wrong-type", "must be an object"),
            Err(error) => malformed(&error),
        });
    }
    serde_json::from_slice(bytes).map_err(|error| explain::<T>(bytes, &error))
}

fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let detail = format!("the body is not well-formed JSON at line {line} column {column}");
    Problem::bad_request("malformed-json", detail)
}

fn wrong(pointer: String, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::invalid_fields(vec![ErrorItem::new(Place::Body(pointer), code, detail)])
}

/// Says what is wrong and where. Only a refused body is read this second, slower time.
fn explain<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return malformed(error);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let (pointer, detail) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => (String::new(), error.to_string()),
        Err(error) => (pointer_of(error.path()), error.inner().to_string()),
    };
    // serde_json ends its messages with the line and column, which the pointer says better.
    let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
    let code = match detail.split_whitespace().take(2).collect::<Vec<_>>().as_slice() {
        ["unknown", "field"] | ["unknown", "field,"] => "unknown-field",
        ["missing", "field"] => "missing-field",
        ["unknown", "variant"] => "unknown-value",
        ["duplicate", "field"] => "duplicate-field",
        _ => "wrong-type",
    };
    wrong(pointer, code, detail)
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Line {
        quantity: u32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Order {
        lines: Vec<Line>,
    }

    fn refusal(body: &str) -> (u16, String, serde_json::Value) {
        let problem = parse::<Order>(body.as_bytes()).unwrap_err();
        let response = problem.respond(None);
        let bytes = futures_util::FutureExt::now_or_never(actix_web::body::to_bytes(response.into_body()));
        let document: serde_json::Value = serde_json::from_slice(&bytes.unwrap().unwrap()).unwrap();
        (problem.status().as_u16(), problem.code().to_owned(), document["errors"][0].clone())
    }

    #[test]
    fn malformed_json_is_400() {
        for body in ["", "{", "nul", "{\"lines\":[}", "\u{0}"] {
            let (status, code, _) = refusal(body);
            assert_eq!((status, code.as_str()), (400, "malformed-json"), "{body}");
        }
    }

    #[test]
    fn a_wrong_field_is_named_by_its_pointer() {
        for (body, pointer, code) in [
            (r#"{"lines":[{"quantity":"x"}]}"#, "/lines/0/quantity", "wrong-type"),
            (r#"{"lines":[{"quantity":1},{"quantity":-1}]}"#, "/lines/1/quantity", "wrong-type"),
            (r#"{"lines":[{"quantity":1,"colour":2}]}"#, "/lines/0/colour", "unknown-field"),
            (r#"{"lines":[{}]}"#, "/lines/0", "missing-field"),
            ("[]", "", "wrong-type"),
            ("[[]]", "", "wrong-type"),
        ] {
            let (status, _, item) = refusal(body);
            assert_eq!(status, 422, "{body}");
            assert_eq!(item["pointer"], pointer, "{item}");
            assert_eq!(item["code"], code, "{item}");
        }
    }
}
