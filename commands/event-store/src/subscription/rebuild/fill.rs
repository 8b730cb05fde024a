//! One projection's rebuild: a schema of its own, filled chunk by chunk, then followed up to the live one.

use std::{sync::Arc, time::Duration};

use sqlx::{Executor, PgConnection};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::{
    RebuildError, Rebuilt,
    feed::{self, Chunk},
    swap,
};
use crate::{
    LogError, RecordedEvent,
    subscription::{
        Projection, StartAt, Subscriber, SubscriptionState,
        batch::Applier,
        checkpoint, install,
        runner::Context,
        session::{self, Backoff, Failure, chain, rebuild_lock},
        subscriber::{ProjectionSubscriber, rebuild_key},
    },
};

/// With this many positions left, the rest is done while the live one is held.
const NEARLY: i64 = 1_000;

/// How long a lost connection's lock may outlive it.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Filling {
    pub(super) context: Arc<Context>,
    pub(super) projection: Arc<dyn Projection>,
    pub(super) subscriber: Arc<dyn Subscriber>,
    /// The live schema and checkpoint.
    pub(super) key: String,
    pub(super) applier: Applier,
    /// Of the live one, when the swap was last tried.
    pub(super) live_generation: i32,
}

/// Rebuilds one projection from the chunks of the log and what came after them.
pub(super) async fn rebuild(
    context: &Arc<Context>,
    projection: Arc<dyn Projection>,
    mut chunks: mpsc::Receiver<Arc<Chunk>>,
) -> Result<Rebuilt, RebuildError> {
    let start = Instant::now();
    let mut filling = Filling::begin(context, projection).await?;
    while let Some(chunk) = chunks.recv().await {
        let outcome = match &chunk.events {
            Ok(events) => filling.fill(events, chunk.to).await,
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = outcome {
            filling.give_up(&error).await;
            return Err(error);
        }
    }
    let finished = match filling.finish().await {
        Ok(position) => Ok(position),
        Err(error) => {
            filling.give_up(&error).await;
            Err(error)
        }
    };
    Ok(Rebuilt {
        position: finished?,
        key: filling.key,
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

impl Filling {
    /// Makes the new schema, in place of one that an earlier rebuild left behind.
    async fn begin(context: &Arc<Context>, projection: Arc<dyn Projection>) -> Result<Self, RebuildError> {
        let key = projection.schema();
        let subscriber: Arc<dyn Subscriber> =
            Arc::new(ProjectionSubscriber::rebuild(Arc::clone(&projection)));
        let failed = |error: sqlx::Error| RebuildError::Schema(chain(&error));
        let mut connection = session::connect(&context.connect, &context.options).await.map_err(failed)?;
        if !session::try_lock(&mut connection, &rebuild_lock(&key)).await.map_err(failed)? {
            return Err(RebuildError::AlreadyRunning(key));
        }
        let new_key = rebuild_key(&key);
        make(&mut connection, subscriber.as_ref(), &new_key).await.map_err(failed)?;
        let row = checkpoint::load(&mut connection, &new_key).await.map_err(failed)?;
        let mark = row.ok_or_else(|| RebuildError::Interrupted(key.clone()))?.mark;
        tracing::info!(subscription = %key, head = context.reader.head().position, "a rebuild begins");
        let applier = Applier {
            connection,
            subscriber: Arc::clone(&subscriber),
            key: new_key,
            mark,
        };
        Ok(Self {
            context: Arc::clone(context),
            projection,
            subscriber,
            key,
            applier,
            live_generation: 0,
        })
    }

    /// Projects the events of a range that are the projection's own; the database being away is waited out.
    async fn fill(&mut self, events: &[Arc<RecordedEvent>], to: i64) -> Result<(), RebuildError> {
        let types = self.projection.event_types();
        let mut limit = self.context.options.rebuild_batch.max(1);
        let mut backoff = Backoff::new();
        let mut stalled_at = (self.applier.mark.position, Instant::now());
        while self.applier.mark.position < to {
            let after = self.applier.mark.position;
            let taken: Vec<_> = events
                .iter()
                .filter(|event| event.position > after)
                .filter(|event| types.is_empty() || types.contains(&event.event_type.as_str()))
                .cloned()
                .collect();
            let options = &self.context.options;
            match self.applier.apply_all(options, limit, &taken, to, |_, _| ()).await {
                Ok(()) => {}
                Err(Failure::Lost { error, is_slow }) => {
                    if self.applier.mark.position > stalled_at.0 {
                        stalled_at = (self.applier.mark.position, Instant::now());
                    } else if stalled_at.1.elapsed() > self.context.options.outage_patience {
                        return Err(RebuildError::Away(error));
                    }
                    tracing::warn!(subscription = %self.key, error, "a rebuild is interrupted and goes on");
                    if is_slow {
                        limit = (limit / 2).max(1);
                    }
                    sleep(backoff.next()).await;
                    self.reconnect().await?;
                }
                Err(failure) => return Err(RebuildError::of(failure, &self.key)),
            }
        }
        Ok(())
    }

    /// Takes the rebuild up again on a new connection, from where its checkpoint stands.
    pub(super) async fn reconnect(&mut self) -> Result<(), RebuildError> {
        let patience = self.context.options.outage_patience;
        let since = Instant::now();
        let mut backoff = Backoff::new();
        loop {
            match self.try_reconnect().await {
                Ok(true) => return Ok(()),
                // The server has not yet noticed that the old connection is gone; or somebody else was quicker.
                Ok(false) if since.elapsed() >= LOCK_PATIENCE.min(patience) => {
                    return Err(RebuildError::Interrupted(self.key.clone()));
                }
                Err(sqlx::Error::RowNotFound) => return Err(RebuildError::Interrupted(self.key.clone())),
                Err(error) if since.elapsed() > patience => return Err(RebuildError::Away(chain(&error))),
                Ok(false) | Err(_) => sleep(backoff.next()).await,
            }
        }
    }

    async fn try_reconnect(&mut self) -> Result<bool, sqlx::Error> {
        let mut connection = session::connect(&self.context.connect, &self.context.options).await?;
        if !session::try_lock(&mut connection, &rebuild_lock(&self.key)).await? {
            return Ok(false);
        }
        let row = checkpoint::load(&mut connection, &self.applier.key).await?;
        self.applier.mark = row.ok_or(sqlx::Error::RowNotFound)?.mark;
        self.applier.connection = connection;
        Ok(true)
    }

    /// Follows the log until it has nearly caught up, then takes the live one's place. The position of the swap.
    async fn finish(&mut self) -> Result<i64, RebuildError> {
        self.catch_up().await?;
        self.index().await?;
        let patience = Instant::now() + self.context.options.swap_patience;
        loop {
            self.catch_up().await?;
            if let Some(position) = swap::attempt(self).await? {
                return Ok(position);
            }
            if Instant::now() >= patience {
                return Err(RebuildError::Blocked(self.key.clone()));
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn catch_up(&mut self) -> Result<(), RebuildError> {
        let window = i64::try_from(self.context.options.rebuild_batch.max(1)).unwrap_or(i64::MAX);
        loop {
            let after = self.applier.mark.position;
            let head = self.context.reader.head().position;
            if head - after <= NEARLY {
                return Ok(());
            }
            let to = (after + window).min(head);
            let events = self.read(after, to).await?;
            self.fill(&events, to).await?;
        }
    }

    /// The projection's own events of a range; the database being away is waited out.
    pub(super) async fn read(&self, after: i64, to: i64) -> Result<Vec<Arc<RecordedEvent>>, RebuildError> {
        let types: Vec<String> =
            self.projection.event_types().iter().map(|name| (*name).to_owned()).collect();
        let mut backoff = Backoff::new();
        let since = Instant::now();
        loop {
            match feed::range(&self.context, after, to, types.clone()).await {
                Ok(events) => return Ok(events),
                Err(LogError::Database(error)) if since.elapsed() > self.context.options.outage_patience => {
                    return Err(RebuildError::Away(chain(&error)));
                }
                Err(LogError::Database(_)) => sleep(backoff.next()).await,
                Err(error) => {
                    return Err(RebuildError::Poison { position: after + 1, error: error.to_string() });
                }
            }
        }
    }

    /// Makes the indexes that filling did not need, and lets the planner know the tables.
    async fn index(&mut self) -> Result<(), RebuildError> {
        let sql = format!(
            "begin; set local search_path to {}, public; {}; commit;",
            self.applier.key,
            self.projection.indexes().trim().trim_end_matches(';')
        );
        let analyze = format!(
            "do $$ declare t text; begin
                 for t in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = '{}' loop
                     execute 'analyze ' || t;
                 end loop;
             end $$",
            self.applier.key
        );
        let failed = |error: sqlx::Error| RebuildError::Schema(chain(&error));
        self.applier.connection.execute(sql.as_str()).await.map_err(failed)?;
        self.applier.connection.execute(analyze.as_str()).await.map_err(failed).map(drop)
    }

    /// Leaves the reason where the status shows it; the next rebuild begins anew.
    async fn give_up(&mut self, error: &RebuildError) {
        let position = match error {
            RebuildError::Poison { position, .. } => Some(*position),
            _ => None,
        };
        let applier = &mut self.applier;
        drop(applier.connection.execute("rollback").await);
        let text = error.to_string();
        drop(checkpoint::stop(&mut applier.connection, &applier.key, applier.mark, position, &text).await);
    }
}

async fn make(
    connection: &mut PgConnection,
    subscriber: &dyn Subscriber,
    key: &str,
) -> Result<(), sqlx::Error> {
    connection.execute("begin").await?;
    install::remove(connection, key).await?;
    subscriber.install(connection).await?;
    install::insert(connection, key, StartAt::Beginning, SubscriptionState::Rebuilding).await?;
    connection.execute("commit").await.map(drop)
}
