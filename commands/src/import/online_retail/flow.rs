//! Units on their way: many at once, entering the log in their order.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use event_store::{Actor, CommandContext, Decision, Executed, Idempotency, Log, Unit, ids};
use futures_util::{StreamExt, future::Either, stream::FuturesOrdered};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::sleep;

use crate::{
    CommandError,
    execute::{EFFECTIVE_IN_FUTURE, Ruling, refuse},
};

/// How often a unit is tried again while the log cannot be written, with a pause that doubles up to five seconds.
const ATTEMPTS: u32 = 18;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Long enough for any repeat of an import.
const REMEMBERED: TimeDelta = TimeDelta::days(36_500);

type Decide<R> = Arc<dyn Fn(&mut Decision<'_>) -> Ruling<R> + Send + Sync>;
type Names = Arc<dyn Fn(Unit) -> Unit + Send + Sync>;

/// One unit of the import, which can be tried again.
pub(super) struct Step<R> {
    idempotency: Idempotency,
    at: DateTime<Utc>,
    names: Names,
    decide: Option<Decide<R>>,
}

impl<R> Clone for Step<R> {
    fn clone(&self) -> Self {
        Self {
            idempotency: self.idempotency,
            at: self.at,
            names: Arc::clone(&self.names),
            decide: self.decide.clone(),
        }
    }
}

impl<R: Serialize + DeserializeOwned + Send + 'static> Step<R> {
    /// A unit with its key and its time, and what it will look at.
    pub(super) fn new(
        idempotency: Idempotency,
        at: DateTime<Utc>,
        names: impl Fn(Unit) -> Unit + Send + Sync + 'static,
    ) -> Self {
        Self { idempotency, at, names: Arc::new(names), decide: None }
    }

    /// How it is decided.
    pub(super) fn decided(
        mut self,
        decide: impl Fn(&mut Decision<'_>) -> Ruling<R> + Send + Sync + 'static,
    ) -> Self {
        self.decide = Some(Arc::new(decide));
        self
    }

    /// The unit's command id is its key, so that its events can be told from all others.
    fn unit(&self) -> Unit {
        let context = CommandContext {
            command_id: self.idempotency.key,
            correlation_id: self.idempotency.key,
            causation_id: None,
            actor: Actor::SYSTEM,
            effective_at: Some(self.at),
            idempotency: Some(self.idempotency),
        };
        (self.names)(Unit::new(context)).remembered_for(REMEMBERED)
    }

    /// Executes it, again while the log is busy or away: the key makes that safe.
    pub(super) async fn execute(self, log: Log) -> Result<Executed<R>, CommandError> {
        let Some(decide) = self.decide.clone() else {
            return Err(CommandError::Fault("a step of an import decides nothing".to_owned()));
        };
        let mut pause = Duration::from_millis(20);
        let mut attempt = 1;
        loop {
            let (at, decide) = (self.at, Arc::clone(&decide));
            let outcome = log.execute(self.unit(), move |decision| {
                if at > decision.now() {
                    return refuse(EFFECTIVE_IN_FUTURE.refusal());
                }
                decide(decision)
            });
            match outcome.await.map_err(CommandError::from) {
                Err(CommandError::Busy | CommandError::Unavailable | CommandError::OutcomeUnknown)
                    if attempt < ATTEMPTS =>
                {
                    attempt += 1;
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }
}

/// Executes steps, `in_flight` at a time. Each enters the writer's queue before the next one, so they are decided in
/// their order; `done` hears of their outcomes in the same order.
pub(super) async fn in_order<R, E>(
    log: &Log,
    steps: impl Iterator<Item = Step<R>>,
    in_flight: usize,
    mut done: impl FnMut(Result<Executed<R>, CommandError>) -> Result<(), E>,
) -> Result<(), E>
where
    R: Serialize + DeserializeOwned + Send + 'static,
{
    let mut flying = FuturesOrdered::new();
    for step in steps {
        if flying.len() >= in_flight
            && let Some(outcome) = flying.next().await
        {
            done(outcome)?;
        }
        flying.push_back(started(Box::pin(step.execute(log.clone()))).await);
    }
    while let Some(outcome) = flying.next().await {
        done(outcome)?;
    }
    Ok(())
}

type Flight<R> = Pin<Box<dyn Future<Output = Result<Executed<R>, CommandError>> + Send>>;
type Outcome<R> = std::future::Ready<Result<Executed<R>, CommandError>>;

/// Polls once: that puts the unit into the queue.
async fn started<R>(mut flight: Flight<R>) -> Either<Flight<R>, Outcome<R>> {
    let first = poll_fn(|context| Poll::Ready(flight.as_mut().poll(context))).await;
    match first {
        Poll::Pending => Either::Left(flight),
        Poll::Ready(outcome) => Either::Right(std::future::ready(outcome)),
    }
}

/// Midnight before a moment.
pub(super) fn day_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The time of what has no row.
pub(super) fn beginning(first: Option<DateTime<Utc>>) -> DateTime<Utc> {
    first.map_or_else(ids::now, day_of)
}
