//! One task per subscription and node: stands by until the live instance is gone, then is it.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, postgres::PgConnectOptions};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    SubscriptionOptions,
    batch::Applier,
    checkpoint::{self, Mark, SubscriptionState},
    line::Line,
    live::Live,
    session::{self, Backoff, Failure},
};
use crate::LogReader;

/// How long an instance that was fenced keeps away.
const STEP_DOWN: Duration = Duration::from_millis(100);

/// What the runners of a node are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Run,
    Pause,
    Stop,
}

/// What everything of the runtime on a node shares.
pub(super) struct Context {
    pub(super) reader: LogReader,
    pub(super) connect: PgConnectOptions,
    pub(super) options: SubscriptionOptions,
}

struct Runner {
    context: Arc<Context>,
    line: Arc<Line>,
    control: watch::Receiver<Control>,
    limit: usize,
    /// Where the other instance was seen, and since when.
    seen: Option<(Mark, Instant)>,
}

/// Runs until told to stop.
pub(super) async fn run(context: Arc<Context>, line: Arc<Line>, control: watch::Receiver<Control>) {
    let limit = context.options.batch_limit.max(1);
    let mut runner = Runner { context, line, control, limit, seen: None };
    let mut backoff = Backoff::new();
    loop {
        let since = Instant::now();
        let outcome = runner.session().await;
        runner.line.set_live(false);
        runner.line.set_stopped(false);
        let wait = match outcome {
            Ok(()) => return,
            Err(Failure::Fenced) => {
                tracing::info!(subscription = %runner.line.key, "another instance has moved the checkpoint; stepping down");
                STEP_DOWN
            }
            Err(Failure::Lost { error, is_slow }) => {
                tracing::warn!(subscription = %runner.line.key, error, "a subscription is interrupted and tried again");
                if is_slow {
                    runner.limit = (runner.limit / 2).max(1);
                }
                if since.elapsed() > Duration::from_secs(10) {
                    backoff = Backoff::new();
                }
                backoff.next()
            }
            Err(Failure::Poison { position, error }) => {
                tracing::error!(subscription = %runner.line.key, position, error, "a subscription could not be stopped");
                backoff.next()
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            stopped = runner.control.wait_for(|control| *control == Control::Stop) => {
                drop(stopped);
                return;
            }
        }
    }
}

impl Runner {
    /// Stands by, takes over, runs. `Ok` when told to stop.
    async fn session(&mut self) -> Result<(), Failure> {
        let connection = loop {
            if *self.control.borrow_and_update() == Control::Stop {
                return Ok(());
            }
            if let Some(connection) = self.acquire().await? {
                break connection;
            }
            self.watch_over().await?;
            tokio::select! {
                () = sleep(self.context.options.standby_interval) => {}
                changed = self.control.changed() => changed.map_err(Failure::lost)?,
            }
        };
        self.lead(connection).await
    }

    /// The connection that holds the lock, unless another instance has it.
    async fn acquire(&self) -> Result<Option<sqlx::PgConnection>, Failure> {
        let Context { reader, connect, options } = self.context.as_ref();
        let lock = session::live_lock(&self.line.key);
        // A look through the pool spares a standby a connection of its own.
        if options.exclusive && holder(reader.pool(), &lock).await?.is_some() {
            return Ok(None);
        }
        let mut connection = session::connect(connect, options).await?;
        if options.exclusive && !session::try_lock(&mut connection, &lock).await? {
            drop(connection.close().await);
            return Ok(None);
        }
        Ok(Some(connection))
    }

    /// Puts down a live instance that holds the lock but does not move although there are events: its node is paused
    /// or has vanished without its connection ending. Whatever it still tries, the fence refuses.
    async fn watch_over(&mut self) -> Result<(), Failure> {
        let Context { reader, options, .. } = self.context.as_ref();
        let Some(row) = checkpoint::load(reader.pool(), &self.line.key).await? else {
            return Ok(());
        };
        let since = match self.seen {
            Some((mark, since)) if mark == row.mark => since,
            _ => Instant::now(),
        };
        self.seen = Some((row.mark, since));
        let has_work = reader.head().position > row.mark.position;
        if row.state == SubscriptionState::Stopped || !has_work {
            self.seen = None;
        } else if since.elapsed() >= options.takeover_after {
            self.seen = None;
            if let Some(pid) = holder(reader.pool(), &session::live_lock(&self.line.key)).await? {
                tracing::warn!(subscription = %self.line.key, pid, "the live instance does not move; taking over");
                sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(reader.pool()).await?;
            }
        }
        Ok(())
    }

    async fn lead(&mut self, mut connection: sqlx::PgConnection) -> Result<(), Failure> {
        let key = &self.line.key;
        let Some(row) = checkpoint::load(&mut connection, key).await? else {
            return Err(Failure::lost("the checkpoint is missing"));
        };
        self.seen = None;
        self.line.take_over(row.mark);
        self.line.set_live(true);
        tracing::info!(subscription = %key, position = row.mark.position, "a subscription is live on this node");
        let applier = Applier {
            connection,
            subscriber: Arc::clone(&self.line.subscriber),
            key: key.clone(),
            mark: row.mark,
        };
        let is_published = row.published.is_some() || self.line.subscriber.views().is_empty();
        let mut live =
            Live::new(&self.context, &self.line, &mut self.control, applier, &mut self.limit, is_published);
        live.run(row.state == SubscriptionState::Stopped).await?;
        drop(live.applier.connection.close().await);
        Ok(())
    }
}

/// The server process that holds an advisory lock.
async fn holder(pool: &sqlx::PgPool, lock: &str) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "select l.pid from pg_locks l, hashtextextended($1, 0) k
          where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.database = (select oid from pg_database where datname = current_database())
            and l.classid::bigint = ((k >> 32) & 4294967295) and l.objid::bigint = (k & 4294967295)",
    )
    .bind(lock)
    .fetch_optional(pool)
    .await
}
