//! One batch: rows and checkpoint in one transaction, behind the fence.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::{sleep, timeout};
use tracing::Instrument;

use super::{
    Effect, Subscriber, SubscriberError, SubscriptionOptions,
    checkpoint::{Mark, advance_sql},
    session::{Backoff, Failure, Verdict, within},
};
use crate::{RecordedEvent, TRACE_TARGET};

/// A subscriber with its connection and the place where its checkpoint is known to stand.
pub(super) struct Applier {
    pub(super) connection: PgConnection,
    pub(super) subscriber: Arc<dyn Subscriber>,
    pub(super) key: String,
    pub(super) mark: Mark,
}

/// Why one transaction did not commit.
enum Setback {
    Failure(Failure),
    Poison(String),
}

impl<E: Into<Failure>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Failure(error.into())
    }
}

impl Applier {
    /// Hands over `taken` in batches of at most `limit` and moves the checkpoint to `to`. A batch that fails is halved
    /// until the culprit stands alone, with everything before it committed. `committed` hears of every commit.
    pub(super) async fn apply_all(
        &mut self,
        options: &SubscriptionOptions,
        limit: usize,
        taken: &[Arc<RecordedEvent>],
        to: i64,
        mut committed: impl FnMut(&[Arc<RecordedEvent>], Mark) + Send,
    ) -> Result<(), Failure> {
        let mut rest = taken;
        let mut size = limit.max(1);
        let mut attempts = 0;
        let mut backoff = Backoff::new();
        loop {
            let (part, after) = rest.split_at(size.min(rest.len()));
            let part_to = if after.is_empty() {
                to
            } else {
                part.last().map_or(to, |event| event.position)
            };
            match (self.apply(options, part, part_to).await, part) {
                (Ok(()), _) => {
                    committed(part, self.mark);
                    if after.is_empty() {
                        return Ok(());
                    }
                    rest = after;
                    size = (size * 2).min(limit.max(1));
                    attempts = 0;
                }
                (Err(Setback::Failure(failure)), _) => return Err(failure),
                (Err(Setback::Poison(error)), [culprit]) => {
                    attempts += 1;
                    if attempts > options.retries {
                        return Err(Failure::Poison { position: culprit.position, error });
                    }
                    tracing::warn!(subscription = %self.key, position = culprit.position, attempts, error, "an event fails");
                    sleep(backoff.next()).await;
                    // Plans that a change of the schema made useless must not count against the event.
                    self.connection.clear_cached_statements().await?;
                }
                (Err(Setback::Poison(error)), _) => {
                    tracing::warn!(subscription = %self.key, events = part.len(), error, "a batch fails and is halved");
                    size = part.len() / 2;
                }
            }
        }
    }

    /// Moves the checkpoint over events that the subscriber does not take.
    pub(super) async fn skip(&mut self, options: &SubscriptionOptions, to: i64) -> Result<(), Failure> {
        let sql = format!(
            "begin; set local synchronous_commit = off; {}; commit",
            advance_sql(&self.key, self.mark, to)
        );
        let moved = within(options.batch_timeout, self.connection.execute(sql.as_str())).await?;
        if moved.rows_affected() != 1 {
            return Err(Failure::Fenced);
        }
        self.mark.position = to;
        Ok(())
    }

    async fn apply(
        &mut self,
        options: &SubscriptionOptions,
        events: &[Arc<RecordedEvent>],
        to: i64,
    ) -> Result<(), Setback> {
        if events.is_empty() {
            return Ok(self.skip(options, to).await?);
        }
        match self.subscriber.effect() {
            Effect::Rows => {
                let span = tracing::info_span!(
                    target: TRACE_TARGET,
                    "project",
                    otel.name = self.key,
                    events = events.len(),
                    log.position = to,
                );
                self.write_rows(options, events, to).instrument(span).await
            }
            Effect::Outside => {
                self.handle(options, events).await?;
                Ok(self.skip(options, to).await?)
            }
        }
    }

    /// The fence comes first: it takes the row's lock, so that two instances never write at the same time and one
    /// that was overtaken never gets to see the other's rows.
    async fn write_rows(
        &mut self,
        options: &SubscriptionOptions,
        events: &[Arc<RecordedEvent>],
        to: i64,
    ) -> Result<(), Setback> {
        let advance = advance_sql(&self.key, self.mark, to);
        #[cfg(feature = "planted-faults")]
        let advance = if options.planted == Some(crate::PlantedFault::CheckpointInOwnTransaction) {
            format!("{advance}; commit; begin")
        } else {
            advance
        };
        let sql = format!("begin; {advance}; {}", self.subscriber.settings());
        let moved = within(options.batch_timeout, self.connection.execute(sql.as_str())).await?;
        if moved.rows_affected() != 1 {
            within(options.io_timeout, self.connection.execute("rollback")).await?;
            return Err(Failure::Fenced.into());
        }
        if let Err(setback) = self.handle(options, events).await {
            if matches!(setback, Setback::Poison(_)) {
                within(options.io_timeout, self.connection.execute("rollback")).await?;
            }
            return Err(setback);
        }
        // When this answer is lost, the next look at the row tells whether it was committed.
        within(options.io_timeout, self.connection.execute("commit")).await?;
        self.mark.position = to;
        Ok(())
    }

    async fn handle(
        &mut self,
        options: &SubscriptionOptions,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), Setback> {
        let subscriber = Arc::clone(&self.subscriber);
        let work = AssertUnwindSafe(subscriber.handle(&mut self.connection, events)).catch_unwind();
        let outcome = match timeout(options.batch_timeout, work).await {
            Err(_) => {
                let error = format!("{} events took longer than {:?}", events.len(), options.batch_timeout);
                return Err(Failure::Lost { error, is_slow: true }.into());
            }
            Ok(Err(panic)) => Err(SubscriberError::Failed(panic_text(panic.as_ref()))),
            Ok(Ok(outcome)) => outcome,
        };
        outcome.map_err(|error| match Verdict::from(error) {
            Verdict::Lost { error, is_slow } => Setback::Failure(Failure::Lost { error, is_slow }),
            Verdict::Poison(error) => Setback::Poison(error),
        })
    }
}

pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    format!("it panicked: {text}")
}
