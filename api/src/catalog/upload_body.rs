//! Pictures in request bodies: as they are, or as the parts of a form. What is too large is refused while it arrives.

use std::time::Duration;

use actix_multipart::{Multipart, MultipartError};
use actix_web::{
    HttpMessage, HttpRequest,
    http::{StatusCode, header::CONTENT_LENGTH},
    web::Payload,
};
use bytes::{Bytes, BytesMut};
use commands::catalog::{Batch, MAX_UPLOADS};
use futures_util::{Stream, StreamExt};
use integrations::images::MAX_BYTES;
use tokio::time::timeout;

use crate::{
    http::{
        Problem,
        problem::{ErrorItem, Place},
    },
    souk::Shared,
};

/// How a picture is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// The body is the picture.
    Bare,
    /// The body is a form, and its parts are pictures.
    Form,
    /// It was sent before; the body is JSON and says with which ticket.
    Before,
}

impl Sent {
    /// What the media type of the body says. Which kind of picture it names does not matter: the bytes say that.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        match request.content_type().trim().to_ascii_lowercase().as_str() {
            "multipart/form-data" => Ok(Self::Form),
            "application/json" => Ok(Self::Before),
            "application/octet-stream" => Ok(Self::Bare),
            other if other.starts_with("image/") => Ok(Self::Bare),
            _ => Err(unsupported()),
        }
    }
}

pub(super) fn unsupported() -> Problem {
    let detail = "send a picture (Content-Type: image/…) or a form (multipart/form-data)";
    let item = ErrorItem::new(Place::Header("content-type"), "unsupported-media-type", detail);
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail).with_error(item)
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("an image may have at most {limit} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail).with_member("limit_bytes", limit)
}

fn incomplete() -> Problem {
    Problem::bad_request("incomplete-body", "the body could not be read to its end")
}

fn too_slow(wait: Duration) -> Problem {
    let detail = format!("the body did not arrive within {} seconds; nothing happened", wait.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", detail)
}

/// A body of at most `limit` bytes, as it is.
pub(super) async fn bare(
    souk: &Shared,
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let wait = souk.http.defence.body_wait;
    timeout(wait, collect(payload, limit, |_| incomplete()))
        .await
        .unwrap_or_else(|_| Err(too_slow(wait)))
}

/// Adds every part of a form to the batch as it arrives, so that no more than one is in memory.
pub(super) async fn form(
    souk: &Shared,
    request: &HttpRequest,
    payload: Payload,
    batch: &mut Batch,
    at_most: usize,
) -> Result<(), Problem> {
    let wait = souk.http.defence.body_wait;
    let late = |_| too_slow(wait);
    let mut form = Multipart::new(request.headers(), payload);
    let mut parts = 0;
    while let Some(part) = timeout(wait, form.next()).await.map_err(late)? {
        let part = part.map_err(|error| malformed(&error))?;
        parts += 1;
        if parts > at_most {
            let detail = format!("send at most {at_most} images in one form");
            return Err(Problem::invalid_fields(vec![ErrorItem::new(
                Place::Body(format!("/{}", parts - 1)),
                "catalog.upload_count",
                detail,
            )]));
        }
        let bytes =
            timeout(wait, collect(part, MAX_BYTES, |error| malformed(&error))).await.map_err(late)??;
        batch.add(bytes).await?;
    }
    Ok(())
}

/// The most images of a form on this route.
pub(super) const fn limit_of(is_single: bool) -> usize {
    if is_single { 1 } else { MAX_UPLOADS }
}

fn malformed(error: &MultipartError) -> Problem {
    Problem::bad_request("malformed-form", format!("the form cannot be read: {error}"))
}

async fn collect<E>(
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    limit: usize,
    failed: impl Fn(E) -> Problem,
) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(&failed)?;
        if whole.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}
