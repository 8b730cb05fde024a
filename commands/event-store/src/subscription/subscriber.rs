//! What the runtime drives: anything that follows the log behind a checkpoint. A projection is one kind.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Executor, PgConnection};

use super::{Projection, ProjectionError};
use crate::{DecodeError, RecordedEvent};

/// Why a subscriber could not handle a batch.
#[derive(Debug, thiserror::Error)]
pub enum SubscriberError {
    /// An event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// PostgreSQL refused or could not be reached.
    #[error("the subscriber's rows could not be written")]
    Database(#[from] sqlx::Error),
    /// Something else that it needs cannot be reached; tried again for ever.
    #[error("a counterparty cannot be reached: {0}")]
    Unavailable(String),
    /// It will never work; the subscription stops after bounded retries.
    #[error("the event cannot be handled: {0}")]
    Failed(String),
}

impl From<ProjectionError> for SubscriberError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Decode(error) => Self::Decode(error),
            ProjectionError::Database(error) => Self::Database(error),
        }
    }
}

/// Where a subscriber's effects go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Into rows of the same database: committed together with the checkpoint, exactly once.
    Rows,
    /// Out of the database: no transaction is held open meanwhile and the checkpoint follows, at least once.
    Outside,
}

/// From which event a new subscriber starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// The first of the log.
    Beginning,
    /// The next one.
    Head,
}

/// What follows the log behind a checkpoint, one live instance over all nodes.
#[async_trait]
pub trait Subscriber: Send + Sync + 'static {
    /// The checkpoint's name: persisted identity, `[a-z][a-z0-9_]*`, at most 55 long.
    fn key(&self) -> String;

    /// What people call it.
    fn name(&self) -> String {
        self.key()
    }

    /// Stored names of the events that it takes; none means all.
    fn event_types(&self) -> &'static [&'static str];

    /// Whether requests are answered from its tables, so that a node where it lags should get none.
    fn is_read_model(&self) -> bool {
        false
    }

    /// Where its effects go.
    fn effect(&self) -> Effect {
        Effect::Rows
    }

    /// Where it starts when it is new.
    fn starts_at(&self) -> StartAt {
        StartAt::Beginning
    }

    /// `set local …` statements for its transactions, separated by semicolons; may be empty.
    fn settings(&self) -> String {
        String::new()
    }

    /// Makes what it needs, in the transaction that makes its checkpoint.
    ///
    /// # Errors
    /// When PostgreSQL refuses or cannot be reached.
    async fn install(&self, _connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// The views to show to others once the tables are filled; empty when there are none.
    fn views(&self) -> &'static str {
        ""
    }

    /// Handles a batch, in order of position. With [`Effect::Rows`] all or nothing: the caller's transaction decides.
    ///
    /// # Errors
    /// When an event cannot be read or handled.
    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError>;
}

/// A projection in its live schema, or in the one that a rebuild fills beside it.
pub(super) struct ProjectionSubscriber {
    projection: Arc<dyn Projection>,
    schema: String,
    is_rebuild: bool,
}

impl ProjectionSubscriber {
    pub(super) fn live(projection: Arc<dyn Projection>) -> Self {
        Self { schema: projection.schema(), projection, is_rebuild: false }
    }

    pub(super) fn rebuild(projection: Arc<dyn Projection>) -> Self {
        Self {
            schema: rebuild_key(&projection.schema()),
            projection,
            is_rebuild: true,
        }
    }
}

/// The schema, and the checkpoint, that a rebuild fills.
pub(super) fn rebuild_key(key: &str) -> String {
    format!("{key}_rebuild")
}

#[async_trait]
impl Subscriber for ProjectionSubscriber {
    fn key(&self) -> String {
        self.schema.clone()
    }

    fn name(&self) -> String {
        self.projection.name().to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        self.projection.event_types()
    }

    fn is_read_model(&self) -> bool {
        true
    }

    /// A commit need not wait for the disk: should the machine lose it, rows and checkpoint are lost together and are
    /// made again from the log, whose own commits do wait.
    fn settings(&self) -> String {
        format!("set local search_path to {}, public; set local synchronous_commit = off", self.schema)
    }

    async fn install(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let schema = &self.schema;
        // Tables without a checkpoint tell nothing about what they hold.
        let make = format!(
            "drop schema if exists {schema} cascade; create schema {schema}; \
             set local search_path to {schema}, public; {}",
            self.projection.tables()
        );
        connection.execute(make.as_str()).await?;
        // A rebuild makes them when it is filled, which is quicker than keeping them up to date.
        if !self.is_rebuild {
            connection.execute(self.projection.indexes()).await?;
        }
        connection.execute("set local search_path to default").await.map(drop)
    }

    fn views(&self) -> &'static str {
        self.projection.views()
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        Ok(self.projection.project(connection, batch).await?)
    }
}
