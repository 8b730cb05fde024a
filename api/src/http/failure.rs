//! The one place where failures of the inner layers become answers.

use event_store::LogError;

use super::Problem;

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            LogError::Migration(_) | LogError::Decode(_) | LogError::Damaged(_) => Self::internal(&error),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => unavailable().caused_by(&error),
            error => Self::internal(&error),
        }
    }
}

fn unavailable() -> Problem {
    Problem::unavailable("unavailable", 1, "the database cannot be reached at present: try again soon")
}
