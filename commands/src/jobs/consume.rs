//! With a broker: messages become attempts.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use integrations::broker::Delivery;
use tokio::task::JoinSet;

use super::{
    Runtime, Stage,
    queues::{Queues, Ticket},
    table::{self, Claim, Outcome},
};

/// While the broker or the database is away.
const OUTAGE: Duration = Duration::from_secs(1);

/// Dead letters that are noted at the same time.
const DEAD_PREFETCH: u16 = 50;

/// Runs the jobs of a kind until told to stop, and until what runs has ended.
pub(super) async fn run(runtime: Runtime, queues: Arc<Queues>, kind: &'static str) {
    let prefetch = runtime.options.workers.max(1);
    follow(&runtime.clone(), &queues.clone(), &queues.kind(kind), prefetch, |delivery| {
        attempt(runtime.clone(), Arc::clone(&queues), delivery)
    })
    .await;
}

/// Notes in the table what arrives among the dead letters, until told to stop. A queue cannot be listed, a table can.
pub(super) async fn bury(runtime: Runtime, queues: Arc<Queues>) {
    follow(&runtime.clone(), &queues, &queues.dead(), DEAD_PREFETCH, |delivery| {
        bury_one(runtime.clone(), delivery)
    })
    .await;
}

async fn follow<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    queues: &Queues,
    queue: &str,
    prefetch: u16,
    mut handle: impl FnMut(Delivery) -> F,
) {
    let mut running = JoinSet::new();
    while !runtime.is_stopping() {
        let mut deliveries = match queues.broker.consume(queue, prefetch).await {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::debug!(queue, error = %error, "a queue cannot be consumed at present");
                runtime.pause(OUTAGE).await;
                continue;
            }
        };
        let mut stage = runtime.stage.clone();
        loop {
            tokio::select! {
                delivery = deliveries.next() => match delivery {
                    Some(Ok(delivery)) => drop(running.spawn(handle(delivery))),
                    Some(Err(_)) | None => break,
                },
                _ = stage.wait_for(|stage| *stage > Stage::Running) => break,
            }
            while running.try_join_next().is_some() {}
        }
        // The channel must outlive what is to be settled on it; what was fetched and not begun goes back with it.
        while running.join_next().await.is_some() {}
        runtime.pause(Duration::from_millis(100)).await;
    }
}

async fn attempt(runtime: Runtime, queues: Arc<Queues>, delivery: Delivery) {
    let Some(ticket) = Ticket::of(&delivery) else {
        tracing::error!(
            message.id = delivery.id,
            "a message in a queue of jobs is no job; it is thrown away"
        );
        return told(delivery.ack().await);
    };
    let options = &runtime.options;
    let claim = lasting(&runtime, || {
        table::claim(&runtime.pool, ticket.id, ticket.round, options.max_attempts(), options.lease())
    });
    let later = match claim.await {
        None => return told(delivery.give_back().await),
        Some(Claim::Gone) => return told(delivery.ack().await),
        Some(Claim::Exhausted) => return told(delivery.reject().await),
        Some(Claim::Later(delay)) => delay,
        Some(Claim::Leased(job)) => {
            let outcome = match runtime.attempt(&job).await {
                // The dead-letter queue tells; until then the row is out of everybody's reach.
                Outcome::Dead(error) => Outcome::Doomed(error),
                outcome => outcome,
            };
            let noted = lasting(&runtime, || table::settle(&runtime.pool, &job, &outcome)).await;
            match outcome {
                _ if noted.is_none() => return told(delivery.give_back().await),
                Outcome::Done => return told(delivery.ack().await),
                Outcome::Doomed(_) | Outcome::Dead(_) => return told(delivery.reject().await),
                Outcome::GivenBack => return told(delivery.give_back().await),
                Outcome::Retry { delay, .. } => delay,
            }
        }
    };
    match lasting(&runtime, || queues.send_later(&ticket, later)).await {
        Some(()) => told(delivery.ack().await),
        None => told(delivery.give_back().await),
    }
}

async fn bury_one(runtime: Runtime, delivery: Delivery) {
    let Some(ticket) = Ticket::of(&delivery) else {
        tracing::error!(message.id = delivery.id, "a dead letter is no job; it is thrown away");
        return told(delivery.ack().await);
    };
    match lasting(&runtime, || table::bury(&runtime.pool, ticket.id, ticket.round)).await {
        Some(_) => told(delivery.ack().await),
        None => told(delivery.give_back().await),
    }
}

/// Tries until it works; `None` when the node stops first. The message is kept meanwhile: giving it back would only
/// bring it again.
async fn lasting<T, E: std::fmt::Display, F: Future<Output = Result<T, E>>>(
    runtime: &Runtime,
    mut work: impl FnMut() -> F,
) -> Option<T> {
    loop {
        match work().await {
            Ok(value) => return Some(value),
            Err(error) => {
                tracing::warn!(error = %error, "a job's message is held until it can be dealt with")
            }
        }
        if runtime.pause(OUTAGE).await {
            return None;
        }
    }
}

/// A broker that could not be told delivers the message again, and then the row says what is to do.
fn told(outcome: Result<(), integrations::broker::BrokerError>) {
    if let Err(error) = outcome {
        tracing::debug!(error = %error, "a message could not be settled and will come again");
    }
}
