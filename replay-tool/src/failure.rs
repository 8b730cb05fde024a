//! Why a command could not do its work, in a form that machines can tell apart.

use std::{error::Error, fmt, io};

use event_store::{DecodeError, LogError, connection::ConnectionError};
use serde_json::{Map, Value};

/// What kind of failure. The words are part of the command line: never changed, never used for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The command line makes no sense.
    Usage,
    /// There is no such order, product, payout, stream or projection, or not at that moment.
    NotFound,
    /// There is a database, and no log in it.
    NoLog,
    /// The database cannot be reached, refused, or was lost midway.
    Database,
    /// The log holds what this program cannot read.
    Damaged,
    /// A file cannot be read or written.
    File,
    /// A file is no exported log, or not the whole of one, or was changed.
    NotWhole,
    /// An import needs a database without a log.
    NotEmpty,
    /// Projections whose old tables are still in place.
    RebuildFailed,
    /// Anything else.
    Failed,
}

impl Code {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::NotFound => "not-found",
            Self::NoLog => "no-log",
            Self::Database => "database",
            Self::Damaged => "damaged",
            Self::File => "file",
            Self::NotWhole => "not-whole",
            Self::NotEmpty => "not-empty",
            Self::RebuildFailed => "rebuild-failed",
            Self::Failed => "failed",
        }
    }
}

/// A failure with its kind, and what a machine may want to know beside it.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    details: Map<String, Value>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

/// A failure of this kind.
pub(crate) fn failure(code: Code, message: impl Into<String>) -> anyhow::Error {
    failure_with(code, message, Map::new())
}

/// A failure of this kind; `details` stand beside `error` in the document.
pub(crate) fn failure_with(
    code: Code,
    message: impl Into<String>,
    details: Map<String, Value>,
) -> anyhow::Error {
    Failure { code, message: message.into(), details }.into()
}

/// What kind of failure an error is, wherever it comes from.
pub(crate) fn code_of(error: &anyhow::Error) -> Code {
    error.chain().find_map(of_cause).unwrap_or(Code::Failed)
}

fn of_cause(cause: &(dyn Error + 'static)) -> Option<Code> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.code);
    }
    if let Some(error) = cause.downcast_ref::<LogError>() {
        return Some(match error {
            LogError::Database(_) | LogError::Migration(_) => Code::Database,
            LogError::Decode(_) | LogError::Damaged(_) => Code::Damaged,
        });
    }
    if cause.is::<DecodeError>() {
        return Some(Code::Damaged);
    }
    if cause.is::<sqlx::Error>() || cause.is::<ConnectionError>() {
        return Some(Code::Database);
    }
    cause.is::<io::Error>().then_some(Code::File)
}

/// `{"error": {"code": …, "message": …}, …}`: what stands on standard output instead of an answer.
pub(crate) fn document(error: &anyhow::Error) -> Value {
    let details = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
    let mut document = details.map(|failure| failure.details.clone()).unwrap_or_default();
    let told = serde_json::json!({"code": code_of(error).word(), "message": format!("{error:#}")});
    document.insert("error".to_owned(), told);
    Value::Object(document)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn an_error_keeps_its_kind_under_every_explanation() {
        let explained = |error: anyhow::Error| error.context("while looking").context("at the log");
        assert_eq!(code_of(&explained(failure(Code::NotFound, "no order"))), Code::NotFound);
        assert_eq!(code_of(&explained(sqlx::Error::PoolTimedOut.into())), Code::Database);
        assert_eq!(code_of(&explained(LogError::Database(sqlx::Error::PoolClosed).into())), Code::Database);
        assert_eq!(code_of(&explained(LogError::Damaged("x".to_owned()).into())), Code::Damaged);
        let lost = sqlx::Error::Io(io::Error::from(io::ErrorKind::ConnectionReset));
        assert_eq!(code_of(&explained(lost.into())), Code::Database);
        let file: Result<(), _> = Err(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(code_of(&file.context("the file").unwrap_err()), Code::File);
        assert_eq!(code_of(&anyhow::anyhow!("something")), Code::Failed);
    }

    #[test]
    fn the_document_of_a_failure_has_its_details_beside_it() {
        let details = Map::from_iter([("rebuilt".to_owned(), Value::from(2))]);
        let error = failure_with(Code::RebuildFailed, "one failed", details);
        let expected = serde_json::json!({
            "error": {"code": "rebuild-failed", "message": "one failed"}, "rebuilt": 2,
        });
        assert_eq!(document(&error), expected);
    }
}
