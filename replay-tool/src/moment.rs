//! `--as-of`: a position, with or without its epoch, or a time.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use event_store::{AsOf, LogPosition};

use crate::{
    failure::{Code, failure},
    source::Source,
};

/// As it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Position(i64),
    InEpoch(LogPosition),
    Time(DateTime<Utc>),
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let position = text.parse().ok().filter(|position| *position >= 0).map(Self::Position);
        let in_epoch = || text.parse().ok().map(Self::InEpoch);
        let time = || DateTime::parse_from_rfc3339(text).ok().map(|time| Self::Time(time.to_utc()));
        position
            .or_else(in_epoch)
            .or_else(time)
            .ok_or("expected a position such as 42 or 1.42, or a time such as 2026-01-31T12:00:00Z")
    }
}

/// The last position that belongs to a moment; without one, where the log ends.
///
/// # Errors
/// A position of another epoch means nothing in this log.
pub(crate) async fn resolve(moment: Option<Moment>, source: &Source) -> anyhow::Result<i64> {
    let as_of = match moment {
        None => AsOf::Now,
        Some(Moment::Position(position)) => AsOf::Position(position),
        Some(Moment::Time(time)) => AsOf::Time(time),
        Some(Moment::InEpoch(asked)) => {
            let epoch = source.head().epoch;
            if asked.epoch != epoch {
                let message = format!("position {asked} is of another epoch; this log's is {epoch}");
                return Err(failure(Code::NotFound, message));
            }
            AsOf::Position(asked.position)
        }
    };
    source.position_as_of(as_of).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        assert_eq!("42".parse(), Ok(Moment::Position(42)));
        assert_eq!("2.42".parse(), Ok(Moment::InEpoch(LogPosition { epoch: 2, position: 42 })));
        assert!(matches!("2026-01-31T12:00:00Z".parse(), Ok(Moment::Time(_))));
        for text in ["-1", "", "x", "2026-01-31"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
