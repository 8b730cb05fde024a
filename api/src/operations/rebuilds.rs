//! Rebuilds that this node was told to do. They run in the background: whoever asks for one gets an answer at once and
//! sees in the list of projections how far it has come and what became of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use event_store::{
    ids,
    subscription::{RebuildError, Rebuilt},
};
use tokio::{runtime::Handle, task::AbortHandle};

/// What became of the last rebuild of a projection on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRebuild {
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it runs.
    pub ended: Option<(DateTime<Utc>, Result<Rebuilt, RebuildError>)>,
}

/// A projection is being rebuilt by this node already, since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyRebuilding(pub DateTime<Utc>);

/// The rebuilds of this node, by the projection's name.
pub struct Rebuilds {
    runtime: Handle,
    runs: Arc<Mutex<BTreeMap<String, Run>>>,
}

struct Run {
    last: LastRebuild,
    task: Option<AbortHandle>,
}

impl Rebuilds {
    /// None yet. Rebuilds run on `runtime`.
    #[must_use]
    pub fn new(runtime: Handle) -> Self {
        Self { runtime, runs: Arc::default() }
    }

    /// Begins to rebuild `name`, and tells since when.
    ///
    /// # Errors
    /// When this node is at it already.
    pub fn start<F>(&self, name: &str, rebuild: F) -> Result<DateTime<Utc>, AlreadyRebuilding>
    where
        F: Future<Output = Result<Rebuilt, RebuildError>> + Send + 'static,
    {
        let mut runs = lock(&self.runs);
        if let Some(run) = runs.get(name).filter(|run| run.last.ended.is_none()) {
            return Err(AlreadyRebuilding(run.last.started_at));
        }
        let started_at = ids::now();
        let last = LastRebuild { started_at, ended: None };
        runs.insert(name.to_owned(), Run { last, task: None });
        let ending = Ending { runs: Arc::clone(&self.runs), name: name.to_owned() };
        let task = self.runtime.spawn(async move {
            let outcome = rebuild.await;
            ending.note(outcome);
        });
        if let Some(run) = runs.get_mut(name) {
            run.task = Some(task.abort_handle());
        }
        Ok(started_at)
    }

    /// The last one of `name`.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<LastRebuild> {
        lock(&self.runs).get(name).map(|run| run.last.clone())
    }

    /// How many are running.
    #[must_use]
    pub fn running(&self) -> usize {
        lock(&self.runs).values().filter(|run| run.last.ended.is_none()).count()
    }

    /// Gives up those that are running. The live tables stay as they are.
    pub fn stop(&self) {
        for run in lock(&self.runs).values_mut() {
            if let Some(task) = run.task.take() {
                task.abort();
            }
        }
    }
}

/// Notes how a rebuild ended, whatever way that was.
struct Ending {
    runs: Arc<Mutex<BTreeMap<String, Run>>>,
    name: String,
}

impl Ending {
    fn note(&self, outcome: Result<Rebuilt, RebuildError>) {
        if let Some(run) = lock(&self.runs).get_mut(&self.name).filter(|run| run.last.ended.is_none()) {
            run.last.ended = Some((ids::now(), outcome));
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Says nothing where an outcome was noted already.
        self.note(Err(RebuildError::Interrupted(self.name.clone())));
    }
}

fn lock(runs: &Mutex<BTreeMap<String, Run>>) -> MutexGuard<'_, BTreeMap<String, Run>> {
    runs.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    fn rebuilt() -> Rebuilt {
        Rebuilt { key: "orders_v1".to_owned(), position: 9, elapsed_ms: 5 }
    }

    async fn until_ended(rebuilds: &Rebuilds) -> Result<Rebuilt, RebuildError> {
        loop {
            if let Some((_, outcome)) = rebuilds.last("orders").and_then(|last| last.ended) {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn a_rebuild_is_seen_from_its_beginning_to_its_end() {
        let rebuilds = Rebuilds::new(Handle::current());
        assert_eq!(rebuilds.last("orders"), None);
        let (end, ended) = oneshot::channel();
        let since = rebuilds.start("orders", async move { ended.await.unwrap() }).unwrap();
        assert_eq!(rebuilds.last("orders"), Some(LastRebuild { started_at: since, ended: None }));
        let again = rebuilds.start("orders", std::future::pending());
        assert_eq!(again, Err(AlreadyRebuilding(since)));
        assert_eq!(rebuilds.running(), 1);
        end.send(Ok(rebuilt())).unwrap();
        assert_eq!(until_ended(&rebuilds).await, Ok(rebuilt()));
        assert_eq!(rebuilds.running(), 0);
    }

    #[tokio::test]
    async fn after_a_failure_it_may_be_tried_again() {
        let rebuilds = Rebuilds::new(Handle::current());
        let failed = RebuildError::Interrupted("orders_v1".to_owned());
        let outcome = failed.clone();
        rebuilds.start("orders", async move { Err(outcome) }).unwrap();
        assert_eq!(until_ended(&rebuilds).await, Err(failed));
        rebuilds.start("orders", async { Ok(rebuilt()) }).unwrap();
        assert_eq!(until_ended(&rebuilds).await, Ok(rebuilt()));
    }

    #[tokio::test]
    async fn a_stop_gives_up_what_is_running() {
        struct Told(Option<oneshot::Sender<()>>);
        impl Drop for Told {
            fn drop(&mut self) {
                if let Some(sender) = self.0.take() {
                    sender.send(()).unwrap();
                }
            }
        }
        let rebuilds = Rebuilds::new(Handle::current());
        let (sender, dropped) = oneshot::channel();
        let told = Told(Some(sender));
        let forever = async move {
            let _told = told;
            std::future::pending().await
        };
        rebuilds.start("orders", forever).unwrap();
        rebuilds.stop();
        dropped.await.unwrap();
        assert!(matches!(until_ended(&rebuilds).await, Err(RebuildError::Interrupted(_))));
    }
}
