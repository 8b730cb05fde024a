//! What every projection needs to read a batch.

use event_store::{DecodeError, RecordedEvent, subscription::ProjectionError};
use serde::Serialize;
use uuid::Uuid;

/// The stream's id as a UUID; every aggregate that is projected has one.
pub(crate) fn stream_id(event: &RecordedEvent) -> Result<Uuid, ProjectionError> {
    Uuid::try_parse(&event.aggregate_id).map_err(|_| unreadable(event, "its stream's id is no UUID"))
}

/// An event of a stream whose first event was never seen: the log does not hold such, so it is not skipped.
pub(crate) fn orphan(event: &RecordedEvent) -> ProjectionError {
    unreadable(event, "its stream does not begin with the event that makes it")
}

pub(crate) fn unreadable(event: &RecordedEvent, reason: &str) -> ProjectionError {
    ProjectionError::Decode(DecodeError {
        position: event.position,
        event_type: event.event_type.clone(),
        event_version: event.event_version,
        reason: reason.to_owned(),
    })
}

/// A value for a column of type `json`. Values of the domain always serialize; were one not to, PostgreSQL would
/// refuse the empty text, and the projection stop.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
