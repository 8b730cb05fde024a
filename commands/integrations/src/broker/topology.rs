//! The exchanges and queues that must be there: declared on every new connection, so that a broker that was emptied has
//! them again.

use lapin::{
    Channel,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

/// How an exchange picks queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeKind {
    /// By patterns over the words of the routing key.
    Topic,
    /// By the routing key itself.
    Direct,
    /// All of them.
    Fanout,
}

/// A durable exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its name.
    pub name: String,
    /// How it picks queues.
    pub kind: ExchangeKind,
}

/// A durable quorum queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Exchange and routing key.
    pub bindings: Vec<(String, String)>,
    /// Where rejected messages, and those whose time is over, go; each arrives there before it leaves this queue.
    pub dead_letters: Option<String>,
    /// After so many milliseconds a message's time is over.
    pub time_to_live_ms: Option<u32>,
    /// A message that was delivered so often without being settled counts as rejected.
    pub delivery_limit: Option<u32>,
}

/// Everything that must be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    /// Exchanges.
    pub exchanges: Vec<Exchange>,
    /// Queues.
    pub queues: Vec<Queue>,
}

impl Topology {
    pub(super) async fn declare(&self, channel: &Channel) -> lapin::Result<()> {
        for exchange in &self.exchanges {
            let kind = match exchange.kind {
                ExchangeKind::Topic => lapin::ExchangeKind::Topic,
                ExchangeKind::Direct => lapin::ExchangeKind::Direct,
                ExchangeKind::Fanout => lapin::ExchangeKind::Fanout,
            };
            let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
            let name = short(&exchange.name);
            channel.exchange_declare(name, kind, options, FieldTable::default()).await?;
        }
        for queue in &self.queues {
            let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
            channel.queue_declare(short(&queue.name), options, queue.arguments()).await?;
            for (exchange, key) in &queue.bindings {
                let options = QueueBindOptions::default();
                let arguments = FieldTable::default();
                channel
                    .queue_bind(short(&queue.name), short(exchange), short(key), options, arguments)
                    .await?;
            }
        }
        Ok(())
    }
}

impl Queue {
    fn arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let mut text = |name: &str, value: &str| {
            arguments.insert(name.into(), AMQPValue::LongString(value.as_bytes().into()));
        };
        text("x-queue-type", "quorum");
        if let Some(exchange) = &self.dead_letters {
            text("x-dead-letter-exchange", exchange);
            // Not gone from here before it is safe there; that needs a queue that refuses rather than drops.
            text("x-dead-letter-strategy", "at-least-once");
            text("x-overflow", "reject-publish");
        }
        let limits = [
            ("x-message-ttl", self.time_to_live_ms),
            ("x-delivery-limit", self.delivery_limit),
        ];
        for (name, limit) in limits {
            if let Some(limit) = limit {
                arguments.insert(name.into(), AMQPValue::LongLongInt(limit.into()));
            }
        }
        arguments
    }
}

/// AMQP's names have at most 255 bytes; ours are shorter, by the checks of whoever makes them.
pub(super) fn short(text: &str) -> ShortString {
    let end = (0..=text.len().min(255)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].into()
}
