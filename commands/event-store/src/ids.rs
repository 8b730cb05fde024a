//! The edge where new ids are made: UUID version 7 (RFC 9562), so that they sort by time.

use uuid::Uuid;

/// A new id.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge where ids are made")]
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// The time now, for edges that must stamp something before it reaches the log.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where the clock is read"
)]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
