//! Rebuilding projections beside the live ones: fill new schemas from one reading of the log, then swap.

mod feed;
mod fill;
mod swap;

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinSet};

use super::{Projection, runner::Context, session::Failure};
use feed::Chunk;

/// Chunks that may wait for a projection that is slower than the reading of the log.
const CHUNKS_AHEAD: usize = 2;

/// A finished rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The schema whose tables were replaced.
    pub key: String,
    /// The last position that they held when they took the old ones' place.
    pub position: i64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// Why the old tables are still in place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RebuildError {
    /// There is no such projection.
    #[error("there is no projection called {0}")]
    Unknown(String),
    /// It is being rebuilt already, here or on another node.
    #[error("{0} is being rebuilt already")]
    AlreadyRunning(String),
    /// An event cannot be projected.
    #[error("the event at position {position} cannot be projected: {error}")]
    Poison {
        /// Which.
        position: i64,
        /// Why.
        error: String,
    },
    /// Somebody else has removed what was being filled.
    #[error("the rebuild of {0} was taken over")]
    Interrupted(String),
    /// The database was away for longer than this rebuild waits; the next one begins anew.
    #[error("the database was away for too long: {0}")]
    Away(String),
    /// Long queries hold on to the old views.
    #[error("the new tables of {0} are ready, but queries on the old ones do not end")]
    Blocked(String),
    /// The new schema, its indexes or its views could not be made.
    #[error("the new schema could not be made: {0}")]
    Schema(String),
}

impl RebuildError {
    fn of(failure: Failure, key: &str) -> Self {
        match failure {
            Failure::Fenced => Self::Interrupted(key.to_owned()),
            Failure::Lost { error, .. } => Self::Schema(error),
            Failure::Poison { position, error } => Self::Poison { position, error },
        }
    }
}

/// Rebuilds `projections` with one reading of the log. Each outcome stands alone.
pub(super) async fn run(
    context: &Arc<Context>,
    projections: Vec<Arc<dyn Projection>>,
) -> Vec<(String, Result<Rebuilt, RebuildError>)> {
    // Dropping the set, when the caller goes away, ends them all.
    let mut tasks = JoinSet::new();
    let mut types = feed::Types::none();
    let mut inlets = Vec::new();
    for projection in projections {
        types.add(projection.event_types());
        let (inlet, chunks) = mpsc::channel::<Arc<Chunk>>(CHUNKS_AHEAD);
        inlets.push(inlet);
        let context = Arc::clone(context);
        tasks.spawn(async move {
            let key = projection.schema();
            let outcome = fill::rebuild(&context, projection, chunks).await;
            match &outcome {
                Ok(rebuilt) => tracing::info!(
                    subscription = %key, position = rebuilt.position, elapsed_ms = rebuilt.elapsed_ms, "rebuilt"
                ),
                Err(error) => tracing::error!(subscription = %key, error = %error, "a rebuild has failed"),
            }
            Some((key, outcome))
        });
    }
    let context = Arc::clone(context);
    tasks.spawn(async move {
        feed::run(&context, types, inlets).await;
        None
    });
    let mut outcomes: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    outcomes.sort_by(|(a, _), (b, _)| a.cmp(b));
    outcomes
}
