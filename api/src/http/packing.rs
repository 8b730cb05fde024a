//! Answers in gzip, for those who take it.

use std::io::Write;

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY},
};
use flate2::{Compression, write::GzEncoder};

/// Bodies below this many bytes are sent as they are: gzip would hardly make them smaller.
pub const COMPRESS_FROM_BYTES: usize = 1_024;

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

pub(super) fn compress(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
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
}
