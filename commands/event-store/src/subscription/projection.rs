//! What a projection is.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::{DecodeError, RecordedEvent};

/// Why a batch could not be projected.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// An event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// PostgreSQL refused or could not be reached.
    #[error("the projection's tables could not be written")]
    Database(#[from] sqlx::Error),
}

/// A read model that follows the log: a name, a version, the events it takes, and how a batch becomes rows.
///
/// Its tables live in a schema of their own, `{name}_v{version}`; the runtime makes the schema, sets `search_path`
/// to it inside every transaction, and commits the rows together with the checkpoint. A projection never reads
/// another projection's tables, never calls out, and never asks for the time.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Persisted identity, in snake case: never used again for another read model.
    fn name(&self) -> &'static str;

    /// Raised with every change of the tables or of what they mean.
    fn version(&self) -> u32;

    /// Stored names of the events that it takes; all others pass it by.
    fn event_types(&self) -> &'static [&'static str];

    /// The tables, their keys and the indexes that `project` needs, unqualified; run once in the new schema.
    fn tables(&self) -> &'static str;

    /// Further indexes, unqualified: those that no upsert needs, so that a rebuild can make them after it has filled
    /// the tables.
    fn indexes(&self) -> &'static str {
        ""
    }

    /// `create or replace view read.…` and grants, run with `search_path` on the live schema whenever that changes.
    fn views(&self) -> &'static str {
        ""
    }

    /// Turns a batch, in order of position, into rows. All or nothing: the caller's transaction decides.
    ///
    /// # Errors
    /// When an event cannot be read or the rows cannot be written.
    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError>;

    /// The schema that a version's tables live in.
    fn schema(&self) -> String {
        format!("{}_v{}", self.name(), self.version())
    }
}
