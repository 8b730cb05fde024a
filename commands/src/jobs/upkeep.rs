//! What is done every now and then, on every node: nets for what fell between two stools, and forgetting.

use std::sync::Arc;

use sqlx::PgPool;

use super::{Runtime, queues::Queues, status};

/// A job that ended its last attempt with its node, or whose dead letter was lost.
const LAPSED: &str = "
    update jobs set state = 'dead', lease_until = null, updated_at = clock_timestamp(),
           error = coalesce(error, 'its node ended while it ran')
     where state in ('waiting', 'sent') and (attempts >= $1 or run_at = 'infinity')
       and coalesce(lease_until, updated_at + interval '1 minute') < clock_timestamp()";

/// Messages that a broker has lost with its disks. Only asked where the queue is empty, so that a long queue is not
/// filled a second time.
const LOST: &str = "
    update jobs set state = 'waiting', updated_at = clock_timestamp()
     where state = 'sent' and kind = $1 and attempts < $2
       and greatest(run_at, updated_at, lease_until) < clock_timestamp() - interval '5 minutes'";

/// Repeats of what was done so long ago do not come any more.
const FORGET: &str = "
    delete from jobs where id = any (array (
        select id from jobs where state = 'done' and updated_at < clock_timestamp() - interval '7 days'
         limit 1000 for update skip locked))";

/// Runs until told to stop.
pub(super) async fn run(runtime: Runtime, queues: Option<Arc<Queues>>) {
    loop {
        if let Err(error) = turn(&runtime, queues.as_deref()).await {
            tracing::debug!(error = %error, "jobs cannot be looked after at present");
        }
        if runtime.pause(runtime.options.upkeep).await {
            return;
        }
    }
}

async fn turn(runtime: &Runtime, queues: Option<&Queues>) -> Result<(), sqlx::Error> {
    let pool = &runtime.pool;
    let max_attempts = i32::try_from(runtime.options.max_attempts()).unwrap_or(i32::MAX);
    let lapsed = sqlx::query(LAPSED).bind(max_attempts).execute(pool).await?.rows_affected();
    if lapsed > 0 {
        tracing::error!(jobs = lapsed, "jobs are given up: their last attempt never ended");
    }
    for kind in runtime.kinds() {
        let Some(queues) = queues else { break };
        if queues.broker.depth(&queues.kind(kind)).await.is_ok_and(|waiting| waiting == 0) {
            let lost = sqlx::query(LOST).bind(kind).bind(max_attempts).execute(pool).await?.rows_affected();
            if lost > 0 {
                tracing::warn!(job.kind = kind, jobs = lost, "the broker has lost jobs; they are sent again");
            }
        }
    }
    while sqlx::query(FORGET).execute(pool).await?.rows_affected() > 0 && !runtime.is_stopping() {}
    measure(pool, &runtime.kinds()).await
}

async fn measure(pool: &PgPool, kinds: &[&'static str]) -> Result<(), sqlx::Error> {
    let counted = status::kinds(pool).await?;
    for kind in kinds {
        let of_kind = counted.iter().find(|counted| counted.kind == *kind);
        let count = |of: fn(&status::KindStatus) -> i64| of_kind.map_or(0, of);
        for (state, count) in [
            ("waiting", count(|kind| kind.waiting)),
            ("running", count(|kind| kind.running)),
            ("retrying", count(|kind| kind.retrying)),
            ("dead", count(|kind| kind.dead)),
        ] {
            // More than four thousand million jobs are shown as so many.
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            metrics::gauge!("souk_jobs", "kind" => *kind, "state" => state).set(count);
        }
    }
    Ok(())
}
