//! How a use case can end other than well.

use domain::refusal::{Fault, Refusal, RefusalKind};
use event_store::ExecuteError;

/// An answer that says no: what the domain or a use case refused, ready for any edge to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Stable: `context.reason`.
    pub code: &'static str,
    /// How a caller should take it.
    pub kind: RefusalKind,
    /// One sentence for a person.
    pub message: String,
    /// Where in the request and with which numbers; empty when the message says all.
    pub faults: Vec<Fault>,
}

impl Refused {
    /// What an aggregate refused.
    pub(crate) fn of(refusal: &impl Refusal) -> Self {
        Self {
            code: refusal.code(),
            kind: refusal.kind(),
            message: refusal.to_string(),
            faults: refusal.faults(),
        }
    }
}

/// Why a decision did not accept.
#[derive(Debug)]
pub(crate) enum No {
    Refused(Refused),
    Stale { expected: i64, current: i64 },
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The answer is no, having seen everything that was committed before.
    #[error("{}", .0.message)]
    Refused(Refused),
    /// The caller knew an older version of what it wanted to change.
    #[error("version {expected} was expected, but the current version is {current}")]
    PreconditionFailed {
        /// The version that the caller named.
        expected: i64,
        /// The version that there is.
        current: i64,
    },
    /// Another request was already answered under this idempotency key.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// Too many commands wait; nothing happened; try again soon.
    #[error("too many commands are waiting")]
    Busy,
    /// The database cannot be reached; nothing happened; try again.
    #[error("the database cannot be reached at present")]
    Unavailable,
    /// The connection died while committing: repeat with the same key to learn what became of it.
    #[error("the outcome is unknown until the database can be reached again")]
    OutcomeUnknown,
    /// A fault of ours, for the log of the program and not for the caller.
    #[error("the command cannot be executed: {0}")]
    Fault(String),
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<ExecuteError<No>> for CommandError {
    fn from(error: ExecuteError<No>) -> Self {
        match error {
            ExecuteError::Refused(No::Refused(refused)) => Self::Refused(refused),
            ExecuteError::Refused(No::Stale { expected, current }) => {
                Self::PreconditionFailed { expected, current }
            }
            ExecuteError::KeyReused => Self::KeyReused,
            ExecuteError::Busy => Self::Busy,
            ExecuteError::Unavailable => Self::Unavailable,
            ExecuteError::OutcomeUnknown => Self::OutcomeUnknown,
            ExecuteError::Fault(reason) => Self::Fault(reason),
        }
    }
}

impl From<event_store::LogError> for CommandError {
    fn from(error: event_store::LogError) -> Self {
        match error {
            event_store::LogError::Database(error) => error.into(),
            event_store::LogError::Migration(_)
            | event_store::LogError::Decode(_)
            | event_store::LogError::Damaged(_) => Self::Fault(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for CommandError {
    fn from(error: sqlx::Error) -> Self {
        if event_store::is_transient(&error) {
            tracing::warn!(error = %error, "the database cannot be reached");
            return Self::Unavailable;
        }
        Self::Fault(error.to_string())
    }
}
