//! How an append can end other than well.

use crate::{DecodeError, Interrupt};

/// Why a decision did not accept: a refusal of the use case's own type, or a look at something not yet in memory.
#[derive(Debug)]
pub enum Declined<E> {
    /// The answer is no.
    Refused(E),
    /// The writer must fetch something first and will ask again.
    Interrupted(Interrupt),
}

impl<E> From<Interrupt> for Declined<E> {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupted(interrupt)
    }
}

/// Why a unit was not executed.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The decision refused, having seen everything that was committed before it.
    #[error("the command was refused")]
    Refused(E),
    /// Another request was already answered under this idempotency key.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// The writer's queue is full; nothing happened; try again soon.
    #[error("the writer is busy")]
    Busy,
    /// The log could not take it; nothing was written; try again.
    #[error("the log cannot be written at present")]
    Unavailable,
    /// The connection died while committing and the log cannot be asked yet: repeat with the same key to learn.
    #[error("the outcome is unknown until the log can be reached again")]
    OutcomeUnknown,
    /// A fault of ours: this unit can never be written.
    #[error("the unit cannot be written: {0}")]
    Fault(String),
}

/// A fault in reading or opening the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database refused or could not be reached.
    #[error("the log's database failed")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A stored row is not what the schema promises.
    #[error("the log is damaged: {0}")]
    Damaged(String),
}

/// Whether the same statement may well succeed later, on another connection: the database was away, ended the
/// connection or was short of something. Everything else is a fault of the statement or of the schema.
#[must_use]
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        // Also a server that ends a connection before it has said anything.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connection, rollback (deadlock), resources, operator, system; lock and idle timeouts.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            ["08", "40", "53", "57", "58", "55P03", "25P03"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
