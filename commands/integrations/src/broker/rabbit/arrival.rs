//! What RabbitMQ delivers, and how it is told what became of it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use lapin::{
    Acker, Channel, Connection,
    message::Delivery as Arrived,
    options::{BasicAckOptions, BasicRejectOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::time::timeout;

use super::{ANSWERS_WITHIN, Link, error};
use crate::broker::{BrokerError, Delivery, Header, Settle};

/// How soon a consumer notices that its connection is gone, where it is not told.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Ends when a channel or its connection has: a consumer has been seen to wait on after both.
pub(super) async fn is_over(connection: Arc<Connection>, channel: Channel) {
    while connection.status().connected() && channel.status().connected() {
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

pub(super) fn delivery(arrived: Arrived, line: Line) -> Delivery {
    let text = |value: &Option<ShortString>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let properties = &arrived.properties;
    let headers = properties.headers().iter().flat_map(FieldTable::inner);
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), header(value)?)));
    Delivery {
        id: text(properties.message_id()),
        kind: text(properties.kind()),
        routing_key: arrived.routing_key.to_string(),
        headers: headers.collect(),
        body: arrived.data.clone(),
        settle: Box::new(Settled { acker: arrived.acker.clone(), line }),
    }
}

fn header(value: &AMQPValue) -> Option<Header> {
    match value {
        AMQPValue::LongString(text) => {
            Some(Header::Text(String::from_utf8_lossy(text.as_bytes()).into_owned()))
        }
        other => other.as_long_long_int().map(Header::Number),
    }
}

/// What a delivery came by.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) link: Arc<Link>,
    pub(super) connection: Arc<Connection>,
}

struct Settled {
    acker: Acker,
    line: Line,
}

impl Settled {
    /// A connection that is lost at the wrong moment leaves lapin waiting for ever to write an acknowledgement. Such a
    /// connection is given up; the broker then delivers again what it was not told of.
    async fn in_time(
        &self,
        settling: impl Future<Output = lapin::Result<bool>> + Send,
    ) -> Result<(), BrokerError> {
        let Ok(outcome) = timeout(ANSWERS_WITHIN, settling).await else {
            let error = format!("an acknowledgement could not be sent within {ANSWERS_WITHIN:?}");
            self.line.link.lost_this(&self.line.connection, &error).await;
            return Err(BrokerError(error));
        };
        outcome.map(drop).map_err(error)
    }
}

#[async_trait]
impl Settle for Settled {
    async fn ack(&self) -> Result<(), BrokerError> {
        self.in_time(self.acker.ack(BasicAckOptions::default())).await
    }

    async fn reject(&self) -> Result<(), BrokerError> {
        self.in_time(self.acker.reject(BasicRejectOptions { requeue: false })).await
    }

    async fn give_back(&self) -> Result<(), BrokerError> {
        self.in_time(self.acker.reject(BasicRejectOptions { requeue: true })).await
    }
}
