//! Without a broker: nodes take due jobs from the table, each another one.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Job, Runtime, table};

/// While the database is away.
const OUTAGE: Duration = Duration::from_secs(1);

/// Runs until told to stop, and until what runs has ended.
pub(super) async fn run(runtime: Runtime) {
    let kinds = runtime.kinds();
    let workers = usize::from(runtime.options.workers.max(1));
    let mut running = JoinSet::new();
    while !runtime.is_stopping() {
        while running.try_join_next().is_some() {}
        let free = workers.saturating_sub(running.len());
        if free == 0 {
            running.join_next().await;
            continue;
        }
        let options = &runtime.options;
        let due = table::take_due(&runtime.pool, &kinds, options.max_attempts(), options.lease(), free).await;
        let pause = match due {
            Ok(jobs) if jobs.is_empty() => options.poll,
            Ok(jobs) => {
                for job in jobs {
                    running.spawn(attempt(runtime.clone(), job));
                }
                continue;
            }
            Err(error) => {
                tracing::warn!(error = %error, "jobs cannot be taken at present");
                OUTAGE
            }
        };
        runtime.pause(pause).await;
    }
    while running.join_next().await.is_some() {}
}

async fn attempt(runtime: Runtime, job: Job) {
    let outcome = runtime.attempt(&job).await;
    // When this fails the lease ends by itself, and the job is run again.
    if let Err(error) = table::settle(&runtime.pool, &job, &outcome).await {
        tracing::warn!(job.id = %job.id, error = %error, "what became of a job cannot be noted");
    }
}
