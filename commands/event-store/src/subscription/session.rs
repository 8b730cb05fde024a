//! Connections of subscriptions, and what their failures mean.

use std::{error::Error, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::{SubscriberError, SubscriptionOptions};
use crate::error::is_transient;

/// Why a subscription did not get on.
#[derive(Debug)]
pub(super) enum Failure {
    /// The checkpoint stands elsewhere: another instance has taken over, or a rebuild has taken the tables' place.
    Fenced,
    /// The database (or another counterparty) failed; try again on a new connection, with fewer events if `is_slow`.
    Lost { error: String, is_slow: bool },
    /// An event cannot be handled, however often it is tried.
    Poison { position: i64, error: String },
}

impl Failure {
    pub(super) fn lost(error: impl ToString) -> Self {
        Self::Lost { error: error.to_string(), is_slow: false }
    }
}

impl From<sqlx::Error> for Failure {
    /// For the runtime's own statements, which are known to be right: they fail with the database.
    fn from(error: sqlx::Error) -> Self {
        Self::lost(chain(&error))
    }
}

/// What a handler's failure means.
pub(super) enum Verdict {
    Lost { error: String, is_slow: bool },
    Poison(String),
}

impl From<SubscriberError> for Verdict {
    fn from(error: SubscriberError) -> Self {
        let text = chain(&error);
        match &error {
            SubscriberError::Unavailable(_) => Self::Lost { error: text, is_slow: false },
            // A statement with too much in it ends like a connection out of step: fewer events help against the one,
            // a new connection against the other.
            SubscriberError::Database(sqlx::Error::Protocol(_)) => Self::Lost { error: text, is_slow: true },
            SubscriberError::Database(database) if is_transient(database) => {
                Self::Lost { error: text, is_slow: false }
            }
            SubscriberError::Database(_) | SubscriberError::Decode(_) | SubscriberError::Failed(_) => {
                Self::Poison(text)
            }
        }
    }
}

/// An error with its causes, for logs and for the table `checkpoints`.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// A connection that does not answer in time counts as dead.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "the database did not answer in time",
        )))
    })
}

/// Opens a connection whose transactions the server ends when the node went silent in them.
pub(crate) async fn connect(
    connect: &PgConnectOptions,
    options: &SubscriptionOptions,
) -> Result<PgConnection, sqlx::Error> {
    let silence = options.batch_timeout.as_millis().to_string();
    let patience = options.io_timeout.as_millis().to_string();
    let connect = connect.clone().application_name("souk-subscription").options([
        ("idle_in_transaction_session_timeout", silence.as_str()),
        ("tcp_user_timeout", patience.as_str()),
        ("tcp_keepalives_idle", "1"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "3"),
        ("client_min_messages", "warning"),
    ]);
    within(options.io_timeout, PgConnection::connect_with(&connect)).await
}

/// Waits that grow from a tenth of a second to five.
pub(crate) struct Backoff(u32);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    pub(crate) fn next(&mut self) -> Duration {
        self.0 = (self.0 + 1).min(7);
        Duration::from_millis(50 << self.0).min(Duration::from_secs(5))
    }
}

/// The advisory lock of a subscription's live instance.
pub(super) fn live_lock(key: &str) -> String {
    format!("souk subscription {key}")
}

/// The advisory lock of a projection's rebuild.
pub(super) fn rebuild_lock(key: &str) -> String {
    format!("souk rebuild {key}")
}

/// Takes an advisory lock for as long as the connection lives, unless somebody else has it.
pub(crate) async fn try_lock(connection: &mut PgConnection, lock: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended($1, 0))")
        .bind(lock)
        .fetch_one(connection)
        .await
}
