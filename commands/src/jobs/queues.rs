//! The broker's side of jobs: names, what is declared, and the messages, which carry a job's id and never its payload.
//!
//! ```text
//! souk.jobs            direct exchange, by kind
//! souk.jobs.<kind>     queue of a kind; what it rejects goes to souk.jobs.dead
//! souk.jobs.retry.5s   fanout exchange and queue: after five seconds a message goes back to souk.jobs
//! souk.jobs.dead       fanout exchange and queue: nodes note in the table what arrives here
//! ```

use std::{sync::Arc, time::Duration};

use integrations::broker::{
    Broker, BrokerError, Delivery, Exchange, ExchangeKind, Header, Message, Queue, Routing, Topology,
};
use uuid::Uuid;

use super::{JobBroker, JobOptions};

/// What a message tells beside the job's id.
const ROUND: &str = "Job-Round";

/// A message that comes back so often without an answer kills the nodes that get it. Far above the attempts of a job.
const DELIVERY_LIMIT: u32 = 50;

/// What the broker must have for jobs of these kinds.
#[must_use]
pub fn topology(prefix: &str, kinds: &[&'static str], options: &JobOptions) -> Topology {
    let names = Names { prefix: prefix.to_owned() };
    let exchange = |name, kind| Exchange { name, kind };
    let fanout_queue = |name: String| Queue {
        bindings: vec![(name.clone(), String::new())],
        name,
        dead_letters: None,
        time_to_live_ms: None,
        delivery_limit: None,
    };
    let mut topology = Topology {
        exchanges: vec![
            exchange(names.jobs(), ExchangeKind::Direct),
            exchange(names.dead(), ExchangeKind::Fanout),
        ],
        queues: vec![fanout_queue(names.dead())],
    };
    for kind in kinds {
        topology.queues.push(Queue {
            name: names.kind(kind),
            bindings: vec![(names.jobs(), (*kind).to_owned())],
            dead_letters: Some(names.dead()),
            time_to_live_ms: None,
            delivery_limit: Some(DELIVERY_LIMIT),
        });
    }
    for delay_s in levels(options) {
        topology.exchanges.push(exchange(names.retry(delay_s), ExchangeKind::Fanout));
        topology.queues.push(Queue {
            dead_letters: Some(names.jobs()),
            time_to_live_ms: Some(delay_s.saturating_mul(1_000)),
            ..fanout_queue(names.retry(delay_s))
        });
    }
    topology
}

/// The waits that there are queues for, shortest first.
fn levels(options: &JobOptions) -> Vec<u32> {
    let mut levels: Vec<u32> = options.retry_delays_s.iter().map(|delay| (*delay).max(1)).collect();
    // For messages that come too early.
    levels.push(1);
    levels.sort_unstable();
    levels.dedup();
    levels
}

struct Names {
    prefix: String,
}

impl Names {
    fn jobs(&self) -> String {
        format!("{}.jobs", self.prefix)
    }

    fn kind(&self, kind: &str) -> String {
        format!("{}.jobs.{kind}", self.prefix)
    }

    fn retry(&self, delay_s: u32) -> String {
        format!("{}.jobs.retry.{delay_s}s", self.prefix)
    }

    fn dead(&self) -> String {
        format!("{}.jobs.dead", self.prefix)
    }
}

/// A job as messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) round: i32,
    pub(super) correlation_id: Option<Uuid>,
}

impl Ticket {
    /// `None` for a message that is not ours.
    pub(super) fn of(delivery: &Delivery) -> Option<Self> {
        let round = match delivery.headers.get(ROUND)? {
            Header::Number(round) => i32::try_from(*round).ok()?,
            Header::Text(_) => return None,
        };
        Some(Self {
            id: Uuid::try_parse(&delivery.id).ok()?,
            kind: delivery.routing_key.clone(),
            round,
            correlation_id: None,
        })
    }

    fn message(&self) -> Message {
        Message {
            id: self.id,
            routing_key: self.kind.clone(),
            kind: "job".to_owned(),
            correlation_id: self.correlation_id,
            timestamp_s: u64::try_from(event_store::ids::now().timestamp()).unwrap_or(0),
            headers: vec![(ROUND, Header::Number(self.round.into()))],
            body: format!("{{\"job\":\"{}\"}}", self.id).into_bytes(),
        }
    }
}

/// The broker with the names that jobs have there.
pub(super) struct Queues {
    pub(super) broker: Arc<dyn Broker>,
    names: Names,
    levels: Vec<u32>,
}

impl Queues {
    pub(super) fn new(broker: JobBroker, options: &JobOptions) -> Self {
        Self {
            broker: broker.broker,
            names: Names { prefix: broker.prefix },
            levels: levels(options),
        }
    }

    /// The queue of a kind.
    pub(super) fn kind(&self, kind: &str) -> String {
        self.names.kind(kind)
    }

    /// The queue of what was given up.
    pub(super) fn dead(&self) -> String {
        self.names.dead()
    }

    /// Hands jobs to the queues of their kinds; answers those that have none.
    pub(super) async fn send(&self, tickets: &[Ticket]) -> Result<Vec<Uuid>, BrokerError> {
        let messages: Vec<Message> = tickets.iter().map(Ticket::message).collect();
        self.broker.publish(&self.names.jobs(), &messages, Routing::Required).await
    }

    /// Hands a job to the queue that gives it back after `delay`, or soon after.
    pub(super) async fn send_later(&self, ticket: &Ticket, delay: Duration) -> Result<(), BrokerError> {
        let enough = |level: &&u32| Duration::from_secs((**level).into()) >= delay;
        let level = self.levels.iter().find(enough).or_else(|| self.levels.last()).copied().unwrap_or(1);
        let unwanted =
            self.broker.publish(&self.names.retry(level), &[ticket.message()], Routing::Required).await?;
        if unwanted.is_empty() {
            Ok(())
        } else {
            Err(BrokerError(format!("the queue for jobs that wait {level} s is not there")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_has_a_queue_that_gives_back_to_the_kinds() {
        let options = JobOptions { retry_delays_s: vec![5, 30, 5], ..JobOptions::default() };
        let topology = topology("shop", &["mail"], &options);
        let queues: Vec<(&str, Option<&str>, Option<u32>)> = topology
            .queues
            .iter()
            .map(|queue| (queue.name.as_str(), queue.dead_letters.as_deref(), queue.time_to_live_ms))
            .collect();
        assert_eq!(
            queues,
            [
                ("shop.jobs.dead", None, None),
                ("shop.jobs.mail", Some("shop.jobs.dead"), None),
                ("shop.jobs.retry.1s", Some("shop.jobs"), Some(1_000)),
                ("shop.jobs.retry.5s", Some("shop.jobs"), Some(5_000)),
                ("shop.jobs.retry.30s", Some("shop.jobs"), Some(30_000)),
            ]
        );
    }
}
