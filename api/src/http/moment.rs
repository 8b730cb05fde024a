//! Looking back: `as_of`, a position of the log (`1.42` or `42`) or a time (RFC 3339), and `as_of_by`, which of a fact's
//! two times is meant.

use chrono::{DateTime, Utc};
use event_store::{AsOf, LogPosition, LogReader, Past, RecordedEvent, ids};
use serde_json::json;

use super::{
    Problem, consistency,
    list::Params,
    problem::{ErrorItem, Place},
};

/// What every route that can look back understands.
pub const PARAMS: &[&str] = &["as_of", "as_of_by"];

/// What of `as_of_by` is known: when a fact was recorded, which is the default, or when it happened.
const RECORDED: &str = "recorded_at";
const EFFECTIVE: &str = "effective_at";

/// The past that a request asks for; `None` where it asks for the present.
///
/// # Errors
/// 400 when `as_of` is no moment of this log, lies in the future, or does not go with `as_of_by`; 412 when it is a
/// position of another epoch.
pub async fn past(params: &Params, reader: &LogReader) -> Result<Option<Past>, Problem> {
    let is_effective = match params.own("as_of_by") {
        None | Some(RECORDED) => false,
        Some(EFFECTIVE) => true,
        Some(_) => return Err(refused("as_of_by", "invalid-value", "must be recorded_at or effective_at")),
    };
    let Some(text) = params.own("as_of") else {
        return match params.own("as_of_by") {
            None => Ok(None),
            Some(_) => Err(refused("as_of_by", "moment-missing", "needs as_of beside it")),
        };
    };
    match (Moment::parse(text)?.resolve(reader).await?, is_effective) {
        (AsOf::Time(time), true) => Ok(Some(Past::Happened(time))),
        (_, true) => {
            let detail = "a position says when something was recorded; effective_at needs a time";
            Err(refused("as_of", "moment-not-a-time", detail))
        }
        (as_of, false) => Ok(Some(Past::Recorded(as_of))),
    }
}

/// 404: it is there, but was not there yet.
#[must_use]
pub fn before_beginning(first: &RecordedEvent, epoch: u32) -> Problem {
    let detail = "it did not exist yet at the moment that as_of names";
    let position = LogPosition { epoch, position: first.position };
    Problem::missing("before-beginning", detail)
        .with_member("first_position", position.to_string())
        .with_member("first_recorded_at", json!(first.recorded_at))
        .with_member("first_effective_at", json!(first.effective_at()))
}

fn refused(parameter: &str, code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::invalid_parameters(vec![ErrorItem::new(Place::Query(parameter.to_owned()), code, detail)])
}

/// A parsed `as_of`, not yet held against the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A position, with its epoch where it was given.
    Position(Option<u32>, i64),
    /// A time.
    Time(DateTime<Utc>),
}

impl Moment {
    /// Reads the parameter.
    ///
    /// # Errors
    /// 400 when it is neither a position nor a time.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if let Ok(LogPosition { epoch, position }) = text.parse() {
            return Ok(Self::Position(Some(epoch), position));
        }
        if let Ok(position @ 0..) = text.parse() {
            return Ok(Self::Position(None, position));
        }
        DateTime::parse_from_rfc3339(text).map(|time| Self::Time(time.to_utc())).map_err(|_| {
            let detail = "must be a position of the log (1.42 or 42) or a time (2026-01-31T12:00:00Z)";
            refused("as_of", "invalid-moment", detail)
        })
    }

    /// The moment of this log.
    ///
    /// # Errors
    /// 412 when the position belongs to another epoch; 400 when the log has not come that far, or the time is yet to
    /// come.
    pub async fn resolve(self, reader: &LogReader) -> Result<AsOf, Problem> {
        match self {
            Self::Time(time) => {
                // What a node with a faster clock recorded is no future.
                if time > ids::now() && last_recorded(reader).await?.is_none_or(|last| time > last) {
                    return Err(refused("as_of", "moment-in-future", "is a time that is yet to come"));
                }
                Ok(AsOf::Time(time))
            }
            Self::Position(epoch, position) => {
                let mut head = reader.head();
                if position > head.position || epoch.is_some_and(|epoch| epoch != head.epoch) {
                    head = reader.refresh_head().await?;
                }
                if let Some(epoch) = epoch.filter(|epoch| *epoch != head.epoch) {
                    return Err(consistency::other_epoch(LogPosition { epoch, position }, head));
                }
                if position > head.position {
                    let detail = format!("the log reaches position {head}");
                    return Err(refused("as_of", "position-beyond-log", detail));
                }
                Ok(AsOf::Position(position))
            }
        }
    }
}

async fn last_recorded(reader: &LogReader) -> Result<Option<DateTime<Utc>>, Problem> {
    let head = reader.refresh_head().await?;
    Ok(reader.recorded_at(head.position).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_times_are_told_apart() {
        assert_eq!(Moment::parse("42").unwrap(), Moment::Position(None, 42));
        assert_eq!(Moment::parse("3.42").unwrap(), Moment::Position(Some(3), 42));
        let time = Moment::parse("2010-12-01T08:26:00+02:00").unwrap();
        assert!(matches!(time, Moment::Time(time) if time.to_rfc3339() == "2010-12-01T06:26:00+00:00"));
        for text in ["", "-1", "1.-2", "yesterday", "2010-12-01", "1.2.3"] {
            assert_eq!(Moment::parse(text).unwrap_err().status(), 400, "{text}");
        }
    }
}
