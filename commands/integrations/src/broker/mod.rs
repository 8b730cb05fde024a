//! A message broker: durable exchanges and queues, publishing that ends when the broker has answered for every
//! message, and consuming with acknowledgements.

mod backoff;
mod delivery;
mod message;
mod rabbit;
mod topology;
mod url;

use async_trait::async_trait;
use uuid::Uuid;

pub use delivery::{Deliveries, Delivery, Settle};
pub use message::{Header, Message};
pub use rabbit::RabbitMq;
pub use topology::{Exchange, ExchangeKind, Queue, Topology};
pub use url::AmqpUrl;

/// The broker did not do what it was asked, for now: it cannot be reached, it refused, or it did not answer in time.
/// Whether messages of a failed call have arrived is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the broker is not available: {0}")]
pub struct BrokerError(pub String);

/// Whether a message that no queue wants is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// It is not: whoever wants to hear binds a queue.
    Optional,
    /// It is: such messages are named in the answer.
    Required,
}

/// How the connections to the broker are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerState {
    /// The last that was heard of it was good.
    Connected,
    /// It cannot be used, and why. Never holds the URL's password.
    Disconnected(String),
}

/// What Souk needs of a broker. Every call fails rather than waits for long; callers try again.
#[async_trait]
pub trait Broker: Send + Sync + 'static {
    /// Publishes in order. `Ok` once the broker has every message safely; the ids are of those that no queue wanted,
    /// where routing is required.
    ///
    /// # Errors
    /// When it cannot be reached, refuses a message, or does not confirm in time. Then any of them may have arrived,
    /// in order.
    async fn publish(
        &self,
        exchange: &str,
        messages: &[Message],
        routing: Routing,
    ) -> Result<Vec<Uuid>, BrokerError>;

    /// Consumes a queue, with at most `prefetch` messages that are not settled.
    ///
    /// # Errors
    /// When it cannot be reached or has no such queue.
    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Deliveries, BrokerError>;

    /// How many messages of a queue wait for a consumer.
    ///
    /// # Errors
    /// When it cannot be reached or has no such queue.
    async fn depth(&self, queue: &str) -> Result<u32, BrokerError>;

    /// How the connections are at this moment.
    fn state(&self) -> BrokerState;

    /// Closes the connections. What was not settled goes back to its queue.
    async fn close(&self);
}
