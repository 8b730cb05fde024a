//! How long the head of a request may be. (What is above 128 kB, or has more than 96 headers, the server's own parser
//! refuses.)

use actix_web::{dev::RequestHead, http::StatusCode};

use crate::http::Problem;

/// Path and query together.
const URI_LIMIT_BYTES: usize = 8_192;
/// Names and values of all headers.
const HEADERS_LIMIT_BYTES: usize = 32_768;
const PARAMETERS_LIMIT: usize = 100;

/// Holds the head of a request to the limits.
///
/// # Errors
/// 414, 431, or 400 for too many parameters.
pub(super) fn check(head: &RequestHead) -> Result<(), Problem> {
    let query = head.uri.query().unwrap_or_default();
    if head.uri.path().len() + query.len() > URI_LIMIT_BYTES {
        let detail = format!("path and query may have at most {URI_LIMIT_BYTES} bytes");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "uri-too-long", detail)
            .with_member("limit_bytes", URI_LIMIT_BYTES));
    }
    if query.bytes().filter(|byte| *byte == b'&').count() >= PARAMETERS_LIMIT {
        let detail = format!("a query may have at most {PARAMETERS_LIMIT} parameters");
        return Err(
            Problem::bad_request("too-many-parameters", detail).with_member("limit", PARAMETERS_LIMIT)
        );
    }
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    if headers.sum::<usize>() > HEADERS_LIMIT_BYTES {
        let detail = format!("headers may have at most {HEADERS_LIMIT_BYTES} bytes");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(
            Problem::new(status, "headers-too-large", detail).with_member("limit_bytes", HEADERS_LIMIT_BYTES)
        );
    }
    Ok(())
}
