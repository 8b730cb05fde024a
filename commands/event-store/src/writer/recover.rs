//! What became of a COMMIT whose answer never came.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    Writer, append,
    staged::{Ground, Staged},
    time::within,
};

/// The end of a transaction whose COMMIT was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    NotCommitted,
    /// The database cannot be asked: only a repeat with the same key will tell.
    Unknown,
}

/// How long to go on asking before the callers are told that nobody knows.
const PATIENCE: Duration = Duration::from_secs(8);

impl Writer {
    /// Asks, on a new connection that holds the append lock: the old transaction holds it until it has ended,
    /// so what is seen now is final.
    pub(super) async fn fate(&mut self, trace: Trace, error: &sqlx::Error) -> Fate {
        tracing::warn!(error = %error, "a commit went unanswered; asking for its fate");
        metrics::counter!("souk_append_ambiguous_commits_total").increment(1);
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match self.look(trace).await {
                Ok(fate) => return fate,
                Err(error) => tracing::warn!(error = %error, "the fate of a commit cannot be learned yet"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Fate::Unknown
    }

    async fn look(&mut self, trace: Trace) -> Result<Fate, sqlx::Error> {
        let io = self.options.io_timeout;
        let mut connection = within(io, PgConnection::connect_with(&self.options.connect)).await?;
        within(io * 2, append::lock(&mut connection)).await?;
        let found = within(io, find(&mut connection, trace)).await?;
        within(io, append::rollback(&mut connection)).await?;
        within(io, append::prepare(&mut connection)).await?;
        self.connection = Some(connection);
        Ok(if found {
            Fate::Committed
        } else {
            Fate::NotCommitted
        })
    }
}

/// A row that stands in the log if and only if the batch was committed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trace {
    /// The first event's position and id.
    Event(i64, Uuid),
    /// The first remembered command, for a batch without events.
    Command(Uuid),
    /// Only claims were released: doing so again changes nothing.
    Nothing,
}

impl Trace {
    pub(super) fn of(staged: &Staged, ground: &Ground) -> Self {
        match (staged.events.first(), staged.commands.first()) {
            (Some(event), _) => Self::Event(ground.last + 1, event.metadata.event_id),
            (None, Some((id, _))) => Self::Command(*id),
            (None, None) => Self::Nothing,
        }
    }
}

async fn find(connection: &mut PgConnection, trace: Trace) -> Result<bool, sqlx::Error> {
    match trace {
        Trace::Event(position, event_id) => {
            let id: Option<String> =
                sqlx::query_scalar("select metadata ->> 'event_id' from events where position = $1")
                    .bind(position)
                    .fetch_optional(connection)
                    .await?;
            Ok(id.and_then(|id| Uuid::try_parse(&id).ok()) == Some(event_id))
        }
        Trace::Command(id) => {
            sqlx::query_scalar("select exists (select from commands where id = $1)")
                .bind(id)
                .fetch_one(connection)
                .await
        }
        Trace::Nothing => Ok(false),
    }
}
