//! A unit of work: one command over one or more streams, decided and appended as a whole.

use chrono::Duration;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use tokio::sync::oneshot;

use futures_util::future::BoxFuture;

use crate::{CommandContext, Decision, Declined, ExecuteError, Interrupt, LogPosition, StreamRef};

/// The answer to an accepted unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed<R> {
    /// What the decision answered: ids and status, never a body.
    pub result: R,
    /// The last position that the unit wrote, or that it saw when there was nothing to write.
    pub position: LogPosition,
    /// True when this is the first answer again, to a repeat under the same key.
    pub replayed: bool,
}

/// Statements on ordinary tables beside the log (credentials, sessions), run in the append's transaction.
pub(crate) type Beside =
    Box<dyn for<'c> FnMut(&'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> + Send>;

/// A command on its way to the writer: what it will look at, and how it decides.
pub struct Unit {
    pub(crate) context: CommandContext,
    pub(crate) streams: Vec<StreamRef>,
    pub(crate) claims: Vec<(String, String)>,
    pub(crate) beside: Option<Beside>,
    pub(crate) remember_for: Duration,
}

impl Unit {
    /// A unit of `context`'s actor.
    #[must_use]
    pub fn new(context: CommandContext) -> Self {
        Self {
            context,
            streams: Vec::new(),
            claims: Vec::new(),
            beside: None,
            remember_for: Duration::hours(48),
        }
    }

    /// Names a stream that the decision will look at. A hint: what is not named is fetched when first asked for,
    /// at the price of a second decision.
    #[must_use]
    pub fn reads(mut self, stream: StreamRef) -> Self {
        self.streams.push(stream);
        self
    }

    /// Names a claim that the decision will ask for; a hint, as [`Self::reads`].
    #[must_use]
    pub fn claims(mut self, scope: &str, key: &str) -> Self {
        self.claims.push((scope.to_owned(), key.to_owned()));
        self
    }

    /// Runs statements on ordinary tables in the append's transaction, after an accepted decision. They may run
    /// again when a batch is repeated in smaller parts, always in a transaction that rolled back before.
    #[must_use]
    pub fn beside<F>(mut self, statements: F) -> Self
    where
        F: for<'c> FnMut(&'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> + Send + 'static,
    {
        self.beside = Some(Box::new(statements));
        self
    }

    /// How long a repeat under the idempotency key gets the first answer; 48 hours unless told.
    #[must_use]
    pub const fn remembered_for(mut self, time: Duration) -> Self {
        self.remember_for = time;
        self
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unit").field("context", &self.context).field("streams", &self.streams).finish()
    }
}

/// How one decision ended, with the result kept inside the job.
pub(crate) enum Verdict {
    Accepted,
    Refused,
    Interrupted(Interrupt),
}

/// What became of a job's batch.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// Committed (or nothing to commit): answer what was decided.
    Decided(LogPosition),
    /// The first answer again.
    Replayed {
        result: String,
        position: LogPosition,
    },
    KeyReused,
    Unavailable,
    OutcomeUnknown,
    Fault(String),
}

/// A unit with its decision and the way back to the caller, types erased.
pub(crate) trait Job: Send {
    fn unit(&self) -> &Unit;
    fn unit_mut(&mut self) -> &mut Unit;
    fn decide(&mut self, decision: &mut Decision<'_>) -> Verdict;
    /// The accepted result as JSON, for the table `commands`.
    fn result(&self) -> Result<String, serde_json::Error>;
    fn answer(self: Box<Self>, ending: Ending);
}

pub(crate) struct TypedJob<R, E, F> {
    pub(crate) unit: Unit,
    pub(crate) decide: F,
    pub(crate) outcome: Option<Result<R, E>>,
    pub(crate) reply: oneshot::Sender<Result<Executed<R>, ExecuteError<E>>>,
}

impl<R, E, F> Job for TypedJob<R, E, F>
where
    R: Serialize + DeserializeOwned + Send,
    E: Send,
    F: FnMut(&mut Decision<'_>) -> Result<R, Declined<E>> + Send,
{
    fn unit(&self) -> &Unit {
        &self.unit
    }

    fn unit_mut(&mut self) -> &mut Unit {
        &mut self.unit
    }

    fn decide(&mut self, decision: &mut Decision<'_>) -> Verdict {
        let (outcome, verdict) = match (self.decide)(decision) {
            Ok(result) => (Some(Ok(result)), Verdict::Accepted),
            Err(Declined::Refused(refusal)) => (Some(Err(refusal)), Verdict::Refused),
            Err(Declined::Interrupted(interrupt)) => (None, Verdict::Interrupted(interrupt)),
        };
        self.outcome = outcome;
        verdict
    }

    fn result(&self) -> Result<String, serde_json::Error> {
        match &self.outcome {
            Some(Ok(result)) => serde_json::to_string(result),
            Some(Err(_)) | None => Ok("null".to_owned()),
        }
    }

    fn answer(self: Box<Self>, ending: Ending) {
        let answer = match ending {
            Ending::Decided(position) => match self.outcome {
                Some(Ok(result)) => Ok(Executed { result, position, replayed: false }),
                Some(Err(refusal)) => Err(ExecuteError::Refused(refusal)),
                None => Err(ExecuteError::Fault("it was answered before it was decided".to_owned())),
            },
            Ending::Replayed { result, position } => serde_json::from_str(&result)
                .map(|result| Executed { result, position, replayed: true })
                .map_err(|error| ExecuteError::Fault(error.to_string())),
            Ending::KeyReused => Err(ExecuteError::KeyReused),
            Ending::Unavailable => Err(ExecuteError::Unavailable),
            Ending::OutcomeUnknown => Err(ExecuteError::OutcomeUnknown),
            Ending::Fault(reason) => Err(ExecuteError::Fault(reason)),
        };
        // The caller may have gone away; what was decided stands all the same.
        drop(self.reply.send(answer));
    }
}
