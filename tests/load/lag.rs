//! How far the projections are behind the log, asked of the database while the load runs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

/// The age of the oldest event that some projection has not taken yet.
const BEHIND: &str = "
    select coalesce(extract(epoch from clock_timestamp() - (
        select recorded_at from events where position = (select min(position) from checkpoints) + 1)), 0)::float8";

/// Watches until it is asked.
pub(crate) struct Watch {
    most: Arc<Mutex<f64>>,
    task: JoinHandle<Result<()>>,
}

impl Watch {
    pub(crate) async fn start(url: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        let most = Arc::new(Mutex::new(0.0));
        let seen = Arc::clone(&most);
        let task = tokio::spawn(async move {
            loop {
                let behind: f64 = sqlx::query_scalar(BEHIND).fetch_one(&mut connection).await?;
                {
                    let mut most = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    *most = f64::max(*most, behind);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Ok(Self { most, task })
    }

    pub(crate) async fn most_seconds_behind(self) -> Result<f64> {
        if self.task.is_finished() {
            self.task.await??;
            bail!("the watch ended early");
        }
        self.task.abort();
        let most = *self.most.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(most)
    }
}

/// Waits until every projection has taken the whole log.
pub(crate) async fn wait_until_caught_up(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(600) {
        let behind: Option<i64> = sqlx::query_scalar(
            "select coalesce((select max(position) from events), 0) - min(position) from checkpoints",
        )
        .fetch_one(&mut connection)
        .await?;
        if behind.context("there is no projection")? <= 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the projections did not catch up")
}

/// Events in the log.
pub(crate) async fn events(url: &str) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    Ok(sqlx::query_scalar("select coalesce(max(position), 0) from events")
        .fetch_one(&mut connection)
        .await?)
}
