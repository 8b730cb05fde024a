//! Where something stands in the log, safe against a reused position after a restore.

use std::{fmt, str::FromStr};

/// `epoch.position`, as in the header `Event-Position`. A higher epoch makes positions of a lower one meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition {
    /// Raised when an operator restores or fails over.
    pub epoch: u32,
    /// Gapless, from 1; 0 is before the first event.
    pub position: i64,
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a log position such as 1.42")]
pub struct InvalidPosition;

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.position)
    }
}

impl FromStr for LogPosition {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (epoch, position) = text.split_once('.').ok_or(InvalidPosition)?;
        let epoch = epoch.parse().map_err(|_| InvalidPosition)?;
        let position = position.parse().map_err(|_| InvalidPosition)?;
        if position < 0 {
            return Err(InvalidPosition);
        }
        Ok(Self { epoch, position })
    }
}
