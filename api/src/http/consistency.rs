//! Reading one's own writes: `Event-Position` on every answer to a command, `Min-Event-Position` on reads.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use event_store::{LogPosition, LogReader, subscription::Subscriptions};
use sqlx::PgPool;

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// The header of every answer to a command: `epoch.position`.
pub const EVENT_POSITION: &str = "Event-Position";
/// The header of a read that wants to see at least a position.
pub const MIN_EVENT_POSITION: &str = "Min-Event-Position";

/// What the caller wants to see at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinPosition(pub Option<LogPosition>);

impl FromRequest for MinPosition {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(MIN_EVENT_POSITION) else {
            return ready(Ok(Self(None)));
        };
        let position = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        ready(position.map(|position| Self(Some(position))).ok_or_else(|| {
            let detail = "must be an Event-Position that this API gave, such as 1.42";
            Problem::bad_request("invalid-position", detail).with_error(ErrorItem::new(
                Place::Header("min-event-position"),
                "invalid-position",
                detail,
            ))
        }))
    }
}

/// A position that a caller names: `1.42`, or `42` without its epoch.
///
/// # Errors
/// When it is neither.
pub(crate) fn log_position(text: &str) -> Result<(Option<u32>, i64), &'static str> {
    if let Ok(LogPosition { epoch, position }) = text.parse() {
        return Ok((Some(epoch), position));
    }
    match text.parse() {
        Ok(position @ 0..) => Ok((None, position)),
        _ => Err("must be a position of the log, such as 42 or 1.42"),
    }
}

/// 412: the position was given before a restore or a failover, and means nothing any more.
#[must_use]
pub fn other_epoch(asked: LogPosition, head: LogPosition) -> Problem {
    let detail = "the position belongs to another epoch of the log: positions from before a restore are void; \
                  look at your data again";
    Problem::new(StatusCode::PRECONDITION_FAILED, "position-of-other-epoch", detail)
        .with_member("position", asked.to_string())
        .with_member("log_position", head.to_string())
}

/// 503: what the read uses has not come that far in time.
#[must_use]
pub fn behind(asked: LogPosition, reached: LogPosition) -> Problem {
    Problem::unavailable(
        "projection-behind",
        1,
        "what you want to read is not up to date yet: try again soon",
    )
    .with_member("min_event_position", asked.to_string())
    .with_member("reached", reached.to_string())
}

/// What reads need: the read models, how far they have come, and the log itself.
#[derive(Clone)]
pub struct Reads {
    /// The log.
    pub log: LogReader,
    /// What keeps the read models up to date.
    pub subscriptions: Subscriptions,
    /// How long a read waits.
    pub patience: Duration,
}

impl Reads {
    /// The pool that reads run on.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        self.log.pool()
    }

    /// Waits until the read models `names` have reached what the caller wants to see.
    ///
    /// # Errors
    /// 412 for a position of another epoch; 503 when it takes too long.
    pub async fn wait_for(&self, min: MinPosition, names: &[&str]) -> Result<(), Problem> {
        let Some(asked) = min.0 else {
            return Ok(());
        };
        self.check_epoch(asked).await?;
        for name in names {
            self.subscriptions.wait_for(name, asked, self.patience).await?;
        }
        Ok(())
    }

    /// Whether a position is of the log's present epoch.
    ///
    /// # Errors
    /// 412 when it is not.
    pub async fn check_epoch(&self, asked: LogPosition) -> Result<(), Problem> {
        if asked.epoch == self.log.head().epoch {
            return Ok(());
        }
        // Another node may have learned of a new epoch earlier than this one.
        let head = self.log.refresh_head().await?;
        if asked.epoch == head.epoch {
            Ok(())
        } else {
            Err(other_epoch(asked, head))
        }
    }
}
