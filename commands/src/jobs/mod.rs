//! Background jobs: work that follows from an event and may fail for a while.
//!
//! A reactor writes its jobs in the transaction that moves its checkpoint, each with an id made from its event, so that
//! an event makes each job once. The row in the table `jobs` is the truth about a job; it is leased to the node that
//! runs it. Without a broker, nodes take due rows from the table. With one, rows are handed to it as soon as they are
//! there, and its queues decide which node runs them and when they are tried again. Either way a job is run at least
//! once, so a handler's effect must bear repeats or carry the job's id.

mod consume;
mod dispatch;
mod local;
mod queues;
mod run;
mod status;
mod table;
mod upkeep;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use domain::ids::{AccountId, OrderId};
use event_store::RecordedEvent;
use integrations::broker::Broker;
use serde_json::Value;
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet, time::timeout};
use uuid::{Builder, Uuid};

use queues::Queues;
pub use queues::topology;
pub use status::{DeadLetter, DeadLetterMark, HeldJob, KindStatus};
pub use table::enqueue;

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) payload: Value,
    pub(crate) event_id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) not_before: Option<DateTime<Utc>>,
}

impl NewJob {
    /// The one job of this kind that follows from `event`. No personal data in the payload: it may be shown.
    #[must_use]
    pub fn of(kind: &'static str, event: &RecordedEvent, payload: Value) -> Self {
        let event_id = event.metadata.event_id;
        let mut hash = Context::new(&SHA256);
        hash.update(event_id.as_bytes());
        hash.update(kind.as_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(hash.finish().as_ref().split_at(16).0);
        Self {
            id: Builder::from_custom_bytes(first).into_uuid(),
            kind,
            payload,
            event_id,
            correlation_id: event.metadata.correlation_id,
            not_before: None,
        }
    }

    /// It is run at this time or later.
    #[must_use]
    pub const fn not_before(mut self, time: DateTime<Utc>) -> Self {
        self.not_before = Some(time);
        self
    }
}

impl NewJob {
    /// A job that follows from a request and from no event. No personal data and no secret in the payload.
    pub(crate) const fn alone(kind: &'static str, id: Uuid, payload: Value, correlation_id: Uuid) -> Self {
        Self {
            id,
            kind,
            payload,
            event_id: correlation_id,
            correlation_id,
            not_before: None,
        }
    }
}

/// A job as its handler gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The same at every attempt.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// What its kind needs.
    pub payload: Value,
    /// The event that it follows from; the request, where it follows from no event.
    pub event_id: Uuid,
    /// The request that began it all.
    pub correlation_id: Uuid,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    pub(crate) round: i32,
}

/// Why a job was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It will never work.
    #[error("{0}")]
    Never(String),
}

/// Does the jobs of one kind.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// Persisted identity, in snake case, at most 60 long.
    fn kind(&self) -> &'static str;

    /// Does a job, perhaps not for the first time.
    ///
    /// # Errors
    /// Why it was not done, and whether trying again is of use.
    async fn run(&self, job: &Job) -> Result<(), JobError>;
}

/// How jobs are run.
#[derive(Debug, Clone)]
pub struct JobOptions {
    /// Seconds before the second attempt, the third, …; after the last one a job is given up.
    pub retry_delays_s: Vec<u32>,
    /// Jobs that this node runs at the same time; with a broker, of each kind.
    pub workers: u16,
    /// An attempt that takes longer has failed.
    pub timeout: Duration,
    /// How often the table is looked at while nothing is due.
    pub poll: Duration,
    /// How often lost jobs are looked for, and done ones forgotten.
    pub upkeep: Duration,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            retry_delays_s: vec![5, 30, 120, 600, 3_600],
            workers: 4,
            timeout: Duration::from_secs(30),
            poll: Duration::from_millis(500),
            upkeep: Duration::from_secs(15),
        }
    }
}

impl JobOptions {
    fn max_attempts(&self) -> u32 {
        u32::try_from(self.retry_delays_s.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How long a node has a job for itself: longer than an attempt can take, so that no two run it at once.
    fn lease(&self) -> Duration {
        self.timeout * 2
    }
}

/// The broker that hands jobs out, and what its exchanges and queues begin with.
pub struct JobBroker {
    /// It must have the [`topology`] of these handlers and options.
    pub broker: Arc<dyn Broker>,
    /// `souk`
    pub prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    /// No new jobs; those that run may end.
    Draining,
    /// Those that still run are given back.
    GivingBack,
}

type Handlers = BTreeMap<&'static str, Arc<dyn JobHandler>>;

/// What the tasks of a node share.
#[derive(Clone)]
struct Runtime {
    pool: PgPool,
    handlers: Arc<Handlers>,
    options: Arc<JobOptions>,
    stage: watch::Receiver<Stage>,
}

impl Runtime {
    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    /// Waits; true when it is time to stop.
    async fn pause(&self, time: Duration) -> bool {
        let mut stage = self.stage.clone();
        timeout(time, stage.wait_for(|stage| *stage > Stage::Running)).await.is_ok()
    }

    fn is_stopping(&self) -> bool {
        *self.stage.borrow() > Stage::Running
    }
}

/// The jobs of a node. They end with [`Jobs::stop`], or abruptly when it is dropped.
pub struct Jobs {
    pool: PgPool,
    stage: watch::Sender<Stage>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
    has_broker: bool,
}

impl Jobs {
    /// Begins to run jobs; with a broker, through its queues.
    #[must_use]
    pub fn start(
        pool: PgPool,
        handlers: Vec<Arc<dyn JobHandler>>,
        options: JobOptions,
        broker: Option<JobBroker>,
    ) -> Self {
        let stage = watch::Sender::new(Stage::Running);
        let handlers: Handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let runtime = Runtime {
            pool: pool.clone(),
            handlers: Arc::new(handlers),
            options: Arc::new(options),
            stage: stage.subscribe(),
        };
        let mut tasks = JoinSet::new();
        let has_broker = broker.is_some();
        let queues = broker.map(|broker| Arc::new(Queues::new(broker, &runtime.options)));
        tasks.spawn(upkeep::run(runtime.clone(), queues.clone()));
        match queues {
            None => drop(tasks.spawn(local::run(runtime))),
            Some(queues) => {
                for kind in runtime.kinds() {
                    tasks.spawn(consume::run(runtime.clone(), Arc::clone(&queues), kind));
                }
                tasks.spawn(consume::bury(runtime.clone(), Arc::clone(&queues)));
                tasks.spawn(dispatch::run(runtime, queues));
            }
        }
        Self { pool, stage, tasks: tasks.into(), has_broker }
    }

    /// Takes no new jobs, lets those that run end for as long as `grace`, and gives back what is left.
    pub async fn stop(&self, grace: Duration) {
        self.stage.send_replace(Stage::Draining);
        let mut tasks = self.tasks.lock().await;
        let ended = async { while tasks.join_next().await.is_some() {} };
        if timeout(grace, ended).await.is_err() {
            self.stage.send_replace(Stage::GivingBack);
            let ended = async { while tasks.join_next().await.is_some() {} };
            if timeout(Duration::from_secs(5), ended).await.is_err() {
                tracing::warn!("jobs could not be given back; their leases end by themselves");
                tasks.abort_all();
            }
        }
    }

    /// Whether a broker hands the jobs out.
    #[must_use]
    pub const fn has_broker(&self) -> bool {
        self.has_broker
    }

    /// How many jobs of each kind wait, run, are tried again and were given up, over all nodes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn status(&self) -> Result<Vec<KindStatus>, sqlx::Error> {
        status::kinds(&self.pool).await
    }

    /// The jobs that were given up, the newest first, after a mark.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn dead_letters(
        &self,
        after: Option<DeadLetterMark>,
        limit: i64,
    ) -> Result<Vec<DeadLetter>, sqlx::Error> {
        status::dead_letters(&self.pool, after, limit).await
    }

    /// The jobs about these orders that are not forgotten yet, oldest first: what is held of their customer.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn about_orders(&self, orders: &[OrderId]) -> Result<Vec<HeldJob>, sqlx::Error> {
        status::about_orders(&self.pool, orders).await
    }

    /// The mails to an account's owner that are not forgotten yet, oldest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn mails_to(&self, account: AccountId) -> Result<Vec<HeldJob>, sqlx::Error> {
        status::mails_to(&self.pool, account).await
    }

    /// Tries a job again that was given up, as if it were new. False when there is no such.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn retry(&self, id: Uuid) -> Result<bool, sqlx::Error> {
        table::revive(&self.pool, id).await
    }
}
