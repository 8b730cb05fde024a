//! With a broker: waiting rows become messages. The rows are locked until the broker has confirmed them, so that other
//! nodes take others; a node that dies in between sends them once more, with the same ids.

use std::{sync::Arc, time::Duration};

use sqlx::Row;
use uuid::Uuid;

use super::{
    Runtime,
    queues::{Queues, Ticket},
};

/// Jobs of one transaction: few, because it waits for the broker.
const BATCH: i64 = 200;

/// While the broker or the database is away.
const OUTAGE: Duration = Duration::from_secs(1);

/// Runs until told to stop.
pub(super) async fn run(runtime: Runtime, queues: Arc<Queues>) {
    let kinds = runtime.kinds();
    let mut is_quiet = true;
    while !runtime.is_stopping() {
        let pause = match send(&runtime, &queues, &kinds).await {
            Ok(sent) => {
                is_quiet = true;
                if sent > 0 {
                    continue;
                }
                runtime.options.poll
            }
            Err(error) => {
                if is_quiet {
                    tracing::warn!(error, "jobs cannot be handed to the broker at present; they wait");
                }
                is_quiet = false;
                OUTAGE
            }
        };
        runtime.pause(pause).await;
    }
}

async fn send(runtime: &Runtime, queues: &Queues, kinds: &[&'static str]) -> Result<usize, String> {
    let database = |error: sqlx::Error| error.to_string();
    let mut transaction = runtime.pool.begin().await.map_err(database)?;
    let rows = sqlx::query(
        "select id, kind, round, correlation_id from jobs
          where state = 'waiting' and run_at <= clock_timestamp() and kind = any ($1)
          order by run_at limit $2 for update skip locked",
    )
    .bind(kinds)
    .bind(BATCH)
    .fetch_all(&mut *transaction)
    .await
    .map_err(database)?;
    let tickets: Result<Vec<Ticket>, sqlx::Error> = rows
        .iter()
        .map(|row| {
            Ok(Ticket {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                round: row.try_get(2)?,
                correlation_id: row.try_get(3)?,
            })
        })
        .collect();
    let tickets = tickets.map_err(database)?;
    if tickets.is_empty() {
        return Ok(0);
    }
    let unwanted = queues.send(&tickets).await.map_err(|error| error.to_string())?;
    let (lost, sent): (Vec<Uuid>, Vec<Uuid>) =
        tickets.iter().map(|ticket| ticket.id).partition(|id| unwanted.contains(id));
    sqlx::query("update jobs set state = 'sent', updated_at = clock_timestamp() where id = any ($1)")
        .bind(&sent)
        .execute(&mut *transaction)
        .await
        .map_err(database)?;
    transaction.commit().await.map_err(database)?;
    if lost.is_empty() {
        Ok(sent.len())
    } else {
        // They stay as they are. Somebody has removed a queue; the next connection declares it again.
        Err(format!("{} jobs have no queue", lost.len()))
    }
}
