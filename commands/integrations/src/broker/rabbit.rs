//! RabbitMQ, by AMQP 0-9-1.

mod arrival;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arrival::{Line, delivery, is_over};
use async_trait::async_trait;
use futures_util::StreamExt;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    options::{
        BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

use super::{
    AmqpUrl, Broker, BrokerError, BrokerState, Deliveries, Header, Message, Routing, Topology,
    backoff::Backoff, topology::short,
};

/// A broker that has not answered for so long is treated as one that is gone. Shorter than what a subscription gives
/// one batch.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// Marks a message as one to be written to disk.
const PERSISTENT: u8 = 2;

/// A RabbitMQ server or cluster. It is connected to when it is first needed, and again, with growing waits, whenever
/// the connection was lost. Publishing and consuming have a connection each: a broker that holds publishers back must
/// not keep consumers from acknowledging.
pub struct RabbitMq {
    publishing: Link,
    consuming: Arc<Link>,
    /// Channels in confirm mode that nobody uses at the moment.
    channels: Mutex<Vec<Channel>>,
    /// What waits for the broker ends with it.
    closed: watch::Sender<bool>,
}

struct Link {
    name: &'static str,
    url: AmqpUrl,
    topology: Arc<Topology>,
    inner: tokio::sync::Mutex<(Option<Arc<Connection>>, Backoff)>,
    is_closed: AtomicBool,
    /// What was last heard, for those who only want to know.
    heard: Mutex<Heard>,
}

#[derive(Clone)]
enum Heard {
    Nothing,
    Connected(Arc<Connection>),
    Failed(String),
}

impl RabbitMq {
    /// The broker at `url`, which will have `topology`. Nothing is connected yet.
    #[must_use]
    pub fn new(url: AmqpUrl, topology: Topology) -> Self {
        let topology = Arc::new(topology);
        let link = |name, url| Link {
            name,
            url,
            topology: Arc::clone(&topology),
            inner: tokio::sync::Mutex::default(),
            is_closed: AtomicBool::new(false),
            heard: Mutex::new(Heard::Nothing),
        };
        Self {
            publishing: link("souk publishing", url.clone()),
            consuming: Arc::new(link("souk consuming", url)),
            channels: Mutex::default(),
            closed: watch::Sender::new(false),
        }
    }

    /// Does something, but not for longer than this broker is open.
    async fn while_open<T>(
        &self,
        work: impl Future<Output = Result<T, BrokerError>>,
    ) -> Result<T, BrokerError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            outcome = work => outcome,
            _ = closed.wait_for(|closed| *closed) => Err(stopping()),
        }
    }

    /// A channel in confirm mode that nobody else uses.
    async fn channel(&self) -> Result<Channel, BrokerError> {
        loop {
            let kept = self.channels.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match kept {
                Some(channel) if channel.status().connected() => return Ok(channel),
                Some(_) => {}
                None => break,
            }
        }
        let channel = self.publishing.connection().await?.create_channel().await.map_err(error)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(error)?;
        Ok(channel)
    }
}

#[async_trait]
impl Broker for RabbitMq {
    async fn publish(
        &self,
        exchange: &str,
        messages: &[Message],
        routing: Routing,
    ) -> Result<Vec<Uuid>, BrokerError> {
        self.while_open(async {
            let channel = within(self.channel()).await?;
            match publish_all(&channel, exchange, messages, routing).await {
                Ok(unwanted) => {
                    // After a failure it is not kept: what it still owes belongs to nobody.
                    self.channels.lock().unwrap_or_else(PoisonError::into_inner).push(channel);
                    Ok(unwanted)
                }
                Err(Unpublished::Failed(error)) => Err(error),
                Err(Unpublished::Unanswered) => {
                    let error = format!("it did not confirm within {ANSWERS_WITHIN:?}");
                    self.publishing.lost(&error).await;
                    Err(BrokerError(error))
                }
            }
        })
        .await
    }

    async fn consume(&self, queue: &str, prefetch: u16) -> Result<Deliveries, BrokerError> {
        let work = async {
            let connection = self.consuming.connection().await?;
            let channel = connection.create_channel().await.map_err(error)?;
            channel.basic_qos(prefetch, BasicQosOptions::default()).await.map_err(error)?;
            let options = BasicConsumeOptions::default();
            // The broker makes up a tag.
            let consumer =
                channel.basic_consume(short(queue), short(""), options, FieldTable::default()).await;
            Ok((connection, channel, consumer.map_err(error)?))
        };
        let (connection, channel, consumer) = self.while_open(within(work)).await?;
        let ended = is_over(Arc::clone(&connection), channel.clone());
        let line = Line { link: Arc::clone(&self.consuming), connection };
        // The channel lives for as long as the stream does.
        let arrivals = consumer.map(move |arrived| {
            let _open = &channel;
            arrived.map(|arrived| delivery(arrived, line.clone())).map_err(error)
        });
        Ok(Box::pin(arrivals.take_until(ended)))
    }

    async fn depth(&self, queue: &str) -> Result<u32, BrokerError> {
        let work = async {
            // Of its own: asking for a queue that is not there closes the channel.
            let channel = self.consuming.connection().await?.create_channel().await.map_err(error)?;
            let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
            let found = channel.queue_declare(short(queue), options, FieldTable::default()).await;
            Ok(found.map_err(error)?.message_count())
        };
        self.while_open(within(work)).await
    }

    fn state(&self) -> BrokerState {
        for link in [&self.consuming, &self.publishing] {
            match link.heard.lock().unwrap_or_else(PoisonError::into_inner).clone() {
                Heard::Failed(error) => return BrokerState::Disconnected(error),
                Heard::Connected(connection) if !connection.status().connected() => {
                    return BrokerState::Disconnected("the connection was lost".to_owned());
                }
                Heard::Nothing | Heard::Connected(_) => {}
            }
        }
        BrokerState::Connected
    }

    async fn close(&self) {
        self.closed.send_replace(true);
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).clear();
        tokio::join!(self.consuming.close(), self.publishing.close());
    }
}

impl Link {
    /// The connection, made anew where it was lost; others wait meanwhile.
    async fn connection(&self) -> Result<Arc<Connection>, BrokerError> {
        let mut inner = self.inner.lock().await;
        let (connection, backoff) = &mut *inner;
        if let Some(connection) = connection.as_ref().filter(|connection| connection.status().connected()) {
            return Ok(Arc::clone(connection));
        }
        if self.is_closed.load(Ordering::Acquire) {
            return Err(stopping());
        }
        if backoff.is_waiting() {
            return Err(self.last_error());
        }
        *connection = None;
        match within(self.connect()).await {
            Ok(new) => {
                let new = Arc::new(new);
                *connection = Some(Arc::clone(&new));
                backoff.succeeded();
                self.hear(Heard::Connected(Arc::clone(&new)));
                tracing::info!(link = self.name, "connected to the broker");
                Ok(new)
            }
            Err(error) => {
                backoff.failed();
                self.hear(Heard::Failed(error.0.clone()));
                tracing::warn!(link = self.name, error = error.0, "the broker cannot be reached");
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, BrokerError> {
        let properties = ConnectionProperties::default().with_connection_name(self.name.into());
        let connection = Connection::connect_uri(self.url.uri(), properties).await.map_err(error)?;
        let channel = connection.create_channel().await.map_err(error)?;
        self.topology.declare(&channel).await.map_err(error)?;
        drop(channel.close(200, short("declared")).await);
        Ok(connection)
    }

    /// A connection that does not answer is given up, so that the next caller makes another.
    async fn lost(&self, error: &str) {
        let connection = self.inner.lock().await.0.take();
        self.abandon(connection, error);
    }

    /// The same, where another may have been made since.
    async fn lost_this(&self, connection: &Arc<Connection>, error: &str) {
        let mut inner = self.inner.lock().await;
        let connection = inner.0.take_if(|current| Arc::ptr_eq(current, connection));
        self.abandon(connection, error);
    }

    fn abandon(&self, connection: Option<Arc<Connection>>, error: &str) {
        if let Some(connection) = connection {
            self.hear(Heard::Failed(error.to_owned()));
            let closing = async move { connection.close(320, short("no answer")).await };
            tokio::spawn(async move { drop(timeout(ANSWERS_WITHIN, closing).await) });
        }
    }

    async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        let connection = self.inner.lock().await.0.take();
        if let Some(connection) = connection {
            drop(timeout(Duration::from_secs(2), connection.close(200, short("stopping"))).await);
        }
    }

    fn hear(&self, heard: Heard) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }

    fn last_error(&self) -> BrokerError {
        match &*self.heard.lock().unwrap_or_else(PoisonError::into_inner) {
            Heard::Failed(error) => BrokerError(error.clone()),
            Heard::Nothing | Heard::Connected(_) => BrokerError("the connection was lost".to_owned()),
        }
    }
}

enum Unpublished {
    Failed(BrokerError),
    Unanswered,
}

impl From<lapin::Error> for Unpublished {
    fn from(failed: lapin::Error) -> Self {
        Self::Failed(error(failed))
    }
}

/// Hands over everything before the first answer is waited for. However many messages there are, a broker that keeps
/// answering is waited for.
async fn publish_all(
    channel: &Channel,
    exchange: &str,
    messages: &[Message],
    routing: Routing,
) -> Result<Vec<Uuid>, Unpublished> {
    let exchange = short(exchange);
    let options = BasicPublishOptions {
        mandatory: routing == Routing::Required,
        ..BasicPublishOptions::default()
    };
    let mut confirms = Vec::with_capacity(messages.len());
    for message in messages {
        let key = short(&message.routing_key);
        let sending =
            channel.basic_publish(exchange.clone(), key, options, &message.body, properties(message));
        let confirm = timeout(ANSWERS_WITHIN, sending).await.map_err(|_| Unpublished::Unanswered)??;
        confirms.push((message.id, confirm));
    }
    let mut unwanted = Vec::new();
    for (id, confirm) in confirms {
        match timeout(ANSWERS_WITHIN, confirm).await.map_err(|_| Unpublished::Unanswered)?? {
            Confirmation::Ack(None) => {}
            Confirmation::Ack(Some(_)) => unwanted.push(id),
            Confirmation::Nack(_) | Confirmation::NotRequested => {
                return Err(Unpublished::Failed(BrokerError("it refused a message".to_owned())));
            }
        }
    }
    Ok(unwanted)
}

fn properties(message: &Message) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, header) in &message.headers {
        let value = match header {
            Header::Text(text) => AMQPValue::LongString(text.as_bytes().into()),
            Header::Number(number) => AMQPValue::LongLongInt(*number),
        };
        headers.insert((*name).into(), value);
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type(short("application/json"))
        .with_message_id(message.id.to_string().into())
        .with_type(short(&message.kind))
        .with_app_id(short("souk"))
        .with_timestamp(message.timestamp_s)
        .with_headers(headers);
    match message.correlation_id {
        Some(id) => properties.with_correlation_id(id.to_string().into()),
        None => properties,
    }
}

async fn within<T>(work: impl Future<Output = Result<T, BrokerError>>) -> Result<T, BrokerError> {
    timeout(ANSWERS_WITHIN, work)
        .await
        .unwrap_or_else(|_| Err(BrokerError(format!("it did not answer within {ANSWERS_WITHIN:?}"))))
}

fn stopping() -> BrokerError {
    BrokerError("this node is stopping".to_owned())
}

fn error(error: lapin::Error) -> BrokerError {
    BrokerError(error.to_string())
}
