//! The door to the runtime: starting, stopping, waiting, following, rebuilding.

use std::{collections::HashSet, sync::Arc, time::Duration};

use sqlx::Connection;
use tokio::{
    sync::{Mutex, watch},
    task::{AbortHandle, JoinHandle},
};

use super::{
    Behind, Passing, Projection, ProjectionStatus, RebuildError, Rebuilt, Subscriber, SubscriptionOptions,
    checkpoint, install,
    line::Line,
    rebuild,
    runner::{self, Context, Control},
    session, status,
    subscriber::ProjectionSubscriber,
    wait, watcher,
};
use crate::{Log, LogError, LogPosition};

/// Why the subscriptions of a node could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A key is no plain identifier, or is too long for a schema's name.
    #[error("{0} cannot name a subscription: expected [a-z][a-z0-9_]*, at most 55 long")]
    InvalidKey(String),
    /// Two subscribers have one key or one name.
    #[error("there are two subscriptions called {0}")]
    Repeated(String),
    /// A checkpoint, the tables or the views could not be made.
    #[error("the subscription {key} could not be made")]
    Install {
        /// Which.
        key: String,
        /// What PostgreSQL said.
        #[source]
        error: sqlx::Error,
    },
    /// The database cannot be reached.
    #[error("the subscriptions cannot be started")]
    Database(#[from] sqlx::Error),
}

/// The subscriptions of one node. Cheap to clone; they end with [`Subscriptions::stop`], or abruptly when the last
/// clone is dropped.
#[derive(Clone)]
pub struct Subscriptions {
    inner: Arc<Inner>,
}

struct Inner {
    context: Arc<Context>,
    lines: Vec<Arc<Line>>,
    projections: Vec<Arc<dyn Projection>>,
    control: watch::Sender<Control>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    aborts: Vec<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in &self.aborts {
            task.abort();
        }
    }
}

impl Subscriptions {
    /// Makes the schemas that are missing and starts one task per projection.
    ///
    /// # Errors
    /// When a schema cannot be made or the database cannot be reached.
    pub async fn start(
        log: &Log,
        projections: Vec<Arc<dyn Projection>>,
        options: SubscriptionOptions,
    ) -> Result<Self, StartError> {
        Self::start_with(log, projections, Vec::new(), options).await
    }

    /// As [`Self::start`], with subscribers of other kinds beside the projections.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        log: &Log,
        projections: Vec<Arc<dyn Projection>>,
        others: Vec<Arc<dyn Subscriber>>,
        options: SubscriptionOptions,
    ) -> Result<Self, StartError> {
        let subscribers: Vec<Arc<dyn Subscriber>> = projections
            .iter()
            .map(|projection| {
                let subscriber: Arc<dyn Subscriber> =
                    Arc::new(ProjectionSubscriber::live(Arc::clone(projection)));
                subscriber
            })
            .chain(others)
            .collect();
        check_keys(&subscribers)?;
        let context = Arc::new(Context {
            reader: log.reader().clone(),
            connect: log.pool().connect_options().as_ref().clone(),
            options,
        });
        let lines = make_lines(&context, subscribers).await?;
        let control = watch::Sender::new(Control::Run);
        let mut tasks: Vec<JoinHandle<()>> = lines
            .iter()
            .map(|line| {
                tokio::spawn(runner::run(Arc::clone(&context), Arc::clone(line), control.subscribe()))
            })
            .collect();
        tasks.push(tokio::spawn(watcher::run(Arc::clone(&context), lines.clone(), control.subscribe())));
        let aborts = tasks.iter().map(JoinHandle::abort_handle).collect();
        let tasks = Mutex::new(tasks);
        Ok(Self {
            inner: Arc::new(Inner { context, lines, projections, control, tasks, aborts }),
        })
    }

    /// Lets every batch at hand end, notes the checkpoints and ends all tasks.
    pub async fn stop(&self) {
        self.inner.control.send_replace(Control::Stop);
        for task in self.inner.tasks.lock().await.drain(..) {
            drop(task.await);
        }
    }

    /// Holds all live instances of this node between two batches.
    pub fn pause(&self) {
        self.tell(Control::Pause);
    }

    /// Lets them go on.
    pub fn resume(&self) {
        self.tell(Control::Run);
    }

    fn tell(&self, control: Control) {
        self.inner.control.send_if_modified(|current| {
            let is_new = *current != Control::Stop && *current != control;
            if is_new {
                *current = control;
            }
            is_new
        });
    }

    fn line(&self, name: &str) -> Option<&Arc<Line>> {
        self.inner.lines.iter().find(|line| line.name == name || line.key == name)
    }

    /// Waits until everything up to `position` is visible in the tables of `name` (its name or its schema), whichever
    /// node writes them. A reader that waited sees its own writes.
    ///
    /// # Errors
    /// [`Behind`] when that does not happen within `limit`, or cannot happen because the subscription has stopped.
    pub async fn wait_for(&self, name: &str, position: LogPosition, limit: Duration) -> Result<(), Behind> {
        match self.line(name) {
            Some(line) => wait::wait_for(&self.inner.context, line, position, limit).await,
            None => Err(Behind {
                name: name.to_owned(),
                wanted: position,
                reached: LogPosition { epoch: 0, position: 0 },
                is_stopped: true,
            }),
        }
    }

    /// Follows how far `name` has come: its tables hold the effect of everything up to here. A value taken before a
    /// query is a lower bound of what the query sees. `None` for an unknown name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<watch::Receiver<LogPosition>> {
        self.line(name).map(|line| line.follow())
    }

    /// Follows what becomes visible in the tables of `name`, batch by batch, whichever node writes them.
    /// `None` for an unknown name.
    #[must_use]
    pub fn passing(&self, name: &str) -> Option<Passing> {
        self.line(name).map(|line| line.passing())
    }

    /// Where every subscription stands, on whichever node it is live.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn status(&self) -> Result<Vec<ProjectionStatus>, LogError> {
        Ok(status::read(self.inner.context.reader.pool(), &self.inner.lines).await?)
    }

    /// Lets a stopped subscription try again, on whichever node it is live. False when it was not stopped or is
    /// unknown.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn restart(&self, name: &str) -> Result<bool, LogError> {
        let Some(line) = self.line(name) else {
            return Ok(false);
        };
        let restarted = checkpoint::restart(self.inner.context.reader.pool(), &line.key).await?;
        line.restarted.notify_one();
        Ok(restarted)
    }

    /// Fills new tables of one projection from the first event on, beside the live ones, and puts them in their
    /// place when both stand at the same position. Runs within this call; dropping it gives the rebuild up.
    ///
    /// # Errors
    /// Why the old tables are still in place.
    pub async fn rebuild(&self, name: &str) -> Result<Rebuilt, RebuildError> {
        let projection = self
            .inner
            .projections
            .iter()
            .find(|projection| projection.name() == name || projection.schema() == name)
            .ok_or_else(|| RebuildError::Unknown(name.to_owned()))?;
        let mut outcomes = rebuild::run(&self.inner.context, vec![Arc::clone(projection)]).await;
        outcomes.pop().map_or_else(|| Err(RebuildError::Unknown(name.to_owned())), |(_, outcome)| outcome)
    }

    /// Rebuilds every projection, reading and decoding the log once for all of them. Each takes its place when it is
    /// ready, whatever becomes of the others.
    pub async fn rebuild_all(&self) -> Vec<(String, Result<Rebuilt, RebuildError>)> {
        rebuild::run(&self.inner.context, self.inner.projections.clone()).await
    }
}

fn check_keys(subscribers: &[Arc<dyn Subscriber>]) -> Result<(), StartError> {
    let mut taken = HashSet::new();
    for subscriber in subscribers {
        let (key, name) = (subscriber.key(), subscriber.name());
        let is_plain = key.starts_with(|first: char| first.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        // PostgreSQL cuts names at 63 bytes, and `_rebuild` must still fit.
        if !is_plain || key.len() > 55 {
            return Err(StartError::InvalidKey(key));
        }
        if !taken.insert(key.clone()) || (name != key && !taken.insert(name.clone())) {
            return Err(StartError::Repeated(name));
        }
    }
    Ok(())
}

async fn make_lines(
    context: &Context,
    subscribers: Vec<Arc<dyn Subscriber>>,
) -> Result<Vec<Arc<Line>>, StartError> {
    let mut connection = session::connect(&context.connect, &context.options).await?;
    let mut lines = Vec::new();
    for subscriber in subscribers {
        let key = subscriber.key();
        let failed = |error| StartError::Install { key: key.clone(), error };
        install::ensure(&mut connection, subscriber.as_ref()).await.map_err(failed)?;
        // Perhaps the new process can handle what stopped it, wherever the live instance is.
        if checkpoint::restart(&mut connection, &key).await? {
            tracing::info!(subscription = %key, "a stopped subscription is tried again");
        }
        let row = checkpoint::load(&mut connection, &key).await?.ok_or(sqlx::Error::RowNotFound)?;
        lines.push(Arc::new(Line::new(subscriber, row.mark)));
    }
    drop(connection.close().await);
    Ok(lines)
}
