//! Opening the log and handing commands to its writer.

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use crate::{
    Decision, Declined, ExecuteError, Executed, LogError, LogReader, MIGRATOR, Unit, listener,
    reader::read_head,
    tail::Tail,
    unit::{Job, TypedJob},
    writer::{self, WriterOptions},
};

/// How a node opens the log.
#[derive(Clone)]
pub struct LogOptions {
    /// Where the database is.
    pub connect: PgConnectOptions,
    /// Connections for reads; the writer and the listener have one more each.
    pub pool_size: u32,
    /// Commands that may wait; more are refused at once.
    pub queue_capacity: usize,
    /// Commands of one append at most.
    pub batch_limit: usize,
    /// Aggregates kept in memory at most.
    pub memory_capacity: usize,
    /// Newest events kept in memory at most.
    pub tail_capacity: usize,
    /// After this long without an answer a connection counts as dead.
    pub io_timeout: Duration,
    /// A fault to plant, for the fault suite to find.
    #[cfg(feature = "planted-faults")]
    pub planted: Option<crate::PlantedFault>,
}

impl LogOptions {
    /// The defaults for a database.
    #[must_use]
    pub fn new(connect: PgConnectOptions) -> Self {
        Self {
            connect,
            pool_size: 10,
            queue_capacity: 2_048,
            batch_limit: 512,
            memory_capacity: 100_000,
            tail_capacity: 10_000,
            io_timeout: Duration::from_secs(5),
            #[cfg(feature = "planted-faults")]
            planted: crate::PlantedFault::from_env(),
        }
    }
}

/// One node's door to the log. Cheap to clone; [`Log::close`] ends the writer after what is queued.
#[derive(Clone)]
pub struct Log {
    reader: LogReader,
    queue: mpsc::Sender<Box<dyn Job>>,
    stop: Arc<watch::Sender<bool>>,
    tasks: Arc<tokio::sync::Mutex<Vec<JoinHandle<()>>>>,
}

impl Log {
    /// Brings the schema up to date. Safe beside running nodes: migrations only expand.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub async fn migrate(connect: &PgConnectOptions) -> Result<(), LogError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_with(connect.clone()).await?;
        MIGRATOR.run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// Connects, and starts this node's writer and listener.
    ///
    /// # Errors
    /// When the database cannot be reached or its schema is missing.
    pub async fn open(options: LogOptions) -> Result<Self, LogError> {
        let patience = options.io_timeout;
        let pool = PgPoolOptions::new()
            .max_connections(options.pool_size)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(3))
            // A connection that went silent must not keep its place: the pool's own look at it would wait for ever.
            .after_release(move |connection, _| {
                Box::pin(async move {
                    let look = tokio::time::timeout(patience, connection.ping()).await;
                    look.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut)).map(|()| true)
                })
            })
            .connect_with(options.connect.clone().application_name("souk"))
            .await?;
        let head = read_head(&pool).await?;
        let tail = Arc::new(Tail::new(head, options.tail_capacity));
        let reader = LogReader { pool, tail: Arc::clone(&tail) };
        let (queue, waiting) = mpsc::channel(options.queue_capacity);
        let stop = Arc::new(watch::Sender::new(false));
        let writer = tokio::spawn(writer::run(
            WriterOptions::from(&options),
            reader.clone(),
            waiting,
            stop.subscribe(),
        ));
        let listener = tokio::spawn(listener::run(reader.clone(), options.connect.clone(), stop.subscribe()));
        let tasks = Arc::new(tokio::sync::Mutex::new(vec![writer, listener]));
        Ok(Self { reader, queue, stop, tasks })
    }

    /// The reading side.
    #[must_use]
    pub const fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// The pool that reads run on.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.reader.pool
    }

    /// Commands that wait for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Decides a unit under the append lock and appends what it answers. `decide` may be called more than once
    /// and must do nothing but decide.
    ///
    /// # Errors
    /// The refusal, or why the unit was not or may not have been appended.
    pub async fn execute<R, E, F>(&self, unit: Unit, decide: F) -> Result<Executed<R>, ExecuteError<E>>
    where
        R: Serialize + DeserializeOwned + Send + 'static,
        E: Send + 'static,
        F: FnMut(&mut Decision<'_>) -> Result<R, Declined<E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = TypedJob { unit, decide, outcome: None, reply };
        self.queue.try_send(Box::new(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ExecuteError::Busy,
            mpsc::error::TrySendError::Closed(_) => ExecuteError::Unavailable,
        })?;
        // A writer that vanished without an answer may have committed: only the key can tell.
        answer.await.unwrap_or(Err(ExecuteError::OutcomeUnknown))
    }

    /// Lets the writer finish what is queued, then ends it and the listener.
    pub async fn close(&self) {
        self.stop.send_replace(true);
        for task in self.tasks.lock().await.drain(..) {
            drop(task.await);
        }
        self.reader.pool.close().await;
    }
}
