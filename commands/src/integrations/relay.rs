//! The relay: every event goes to the broker once it is in the log, in the order of the log.
//!
//! Its checkpoint moves after the broker has confirmed a batch. Between the two a node may die, and the batch is
//! published again: at least once, and a repeat has the same message id. While the broker is away the checkpoint
//! stands still and nobody else notices.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use event_store::{
    LogReader, RecordedEvent,
    subscription::{Effect, Subscriber, SubscriberError},
};
use integrations::broker::{Broker, Exchange, ExchangeKind, Header, Message, Routing, Topology};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::PgConnection;

use super::context_of;

/// The relay's checkpoint.
pub const RELAY: &str = "broker_relay";

/// The topic exchange that events are published to.
#[must_use]
pub fn events_exchange(prefix: &str) -> String {
    format!("{prefix}.events")
}

/// Publishes every event.
pub struct Relay {
    broker: Arc<dyn Broker>,
    exchange: String,
    log: LogReader,
}

impl Relay {
    /// Publishes what is in `log` to `broker`.
    #[must_use]
    pub fn new(broker: Arc<dyn Broker>, prefix: &str, log: LogReader) -> Self {
        Self { broker, exchange: events_exchange(prefix), log }
    }

    /// What the broker must have.
    #[must_use]
    pub fn topology(prefix: &str) -> Topology {
        let exchange = Exchange { name: events_exchange(prefix), kind: ExchangeKind::Topic };
        Topology { exchanges: vec![exchange], queues: Vec::new() }
    }
}

#[async_trait]
impl Subscriber for Relay {
    fn key(&self) -> String {
        RELAY.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[]
    }

    fn effect(&self) -> Effect {
        Effect::Outside
    }

    async fn handle(
        &self,
        _: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let epoch = self.log.head().epoch;
        let messages: Result<Vec<Message>, serde_json::Error> =
            batch.iter().map(|event| message(event, epoch)).collect();
        let messages = messages.map_err(|error| SubscriberError::Failed(error.to_string()))?;
        // That nobody has bound a queue is nobody's fault.
        let published = self.broker.publish(&self.exchange, &messages, Routing::Optional).await;
        published.map_err(|error| SubscriberError::Unavailable(error.to_string()))?;
        metrics::counter!("souk_broker_events_published_total")
            .increment(u64::try_from(messages.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

/// As auditors get an event from the API.
#[derive(Serialize)]
struct Body<'a> {
    position: i64,
    aggregate_type: &'a str,
    aggregate_id: &'a str,
    sequence: i64,
    event_type: &'a str,
    event_version: String,
    recorded_at: DateTime<Utc>,
    payload: &'a RawValue,
    metadata: &'a event_store::Metadata,
}

fn message(event: &RecordedEvent, epoch: u32) -> Result<Message, serde_json::Error> {
    let body = Body {
        position: event.position,
        aggregate_type: &event.aggregate_type,
        aggregate_id: &event.aggregate_id,
        sequence: event.sequence,
        event_type: &event.event_type,
        event_version: event.event_version.to_string(),
        recorded_at: event.recorded_at,
        payload: serde_json::from_str(&event.payload)?,
        metadata: &event.metadata,
    };
    let text = |text: String| Header::Text(text);
    Ok(Message {
        id: event.metadata.event_id,
        routing_key: format!("{}.{}", context_of(&event.aggregate_type), event.event_type),
        kind: event.event_type.clone(),
        correlation_id: Some(event.metadata.correlation_id),
        timestamp_s: u64::try_from(event.recorded_at.timestamp()).unwrap_or(0),
        headers: vec![
            ("Event-Position", text(format!("{epoch}.{}", event.position))),
            ("Aggregate-Type", text(event.aggregate_type.clone())),
            ("Aggregate-Id", text(event.aggregate_id.clone())),
            ("Sequence", Header::Number(event.sequence)),
            ("Event-Version", Header::Number(event.event_version.into())),
        ],
        body: serde_json::to_vec(&body)?,
    })
}
