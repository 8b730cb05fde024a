//! `as_of`: a position of the log (`1.42` or `42`) or a time (RFC 3339).

use chrono::{DateTime, Utc};
use event_store::{AsOf, LogPosition, LogReader};

use super::{
    Problem, consistency,
    problem::{ErrorItem, Place},
};

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
            Problem::invalid_parameters(vec![ErrorItem::new(
                Place::Query("as_of".to_owned()),
                "invalid-moment",
                detail,
            )])
        })
    }

    /// The moment of this log.
    ///
    /// # Errors
    /// 412 when the position belongs to another epoch; 400 when the log has not come that far.
    pub async fn resolve(self, reader: &LogReader) -> Result<AsOf, Problem> {
        match self {
            Self::Time(time) => Ok(AsOf::Time(time)),
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
                    let item =
                        ErrorItem::new(Place::Query("as_of".to_owned()), "position-beyond-log", detail);
                    return Err(Problem::invalid_parameters(vec![item]));
                }
                Ok(AsOf::Position(position))
            }
        }
    }
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
