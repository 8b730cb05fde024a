//! The broker and background jobs, against a real RabbitMQ and a real mail server.

mod jobs;
mod mails;
mod outage;
mod relay;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use api::config::Source;
use futures_util::StreamExt;
use lapin::{
    Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ExchangeDeclareOptions, QueueBindOptions,
        QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};
use souk_tests::{TestApp, TestRabbitMq};
use sqlx::PgPool;
use tokio::{sync::Notify, task::JoinHandle};
use uuid::Uuid;

/// Long, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Settings of a node that uses this broker.
fn with_broker(rabbit: &TestRabbitMq) -> impl Fn(Source) -> Source + use<> {
    let url = rabbit.url();
    move |source| source.env_text("amqp_url", &url).env_text("broker_prefix", "shop")
}

/// A message as a consumer has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    id: Uuid,
    kind: String,
    routing_key: String,
    headers: BTreeMap<String, Value>,
    pub(crate) body: Value,
}

impl Heard {
    fn text(&self, header: &str) -> &str {
        self.headers[header].as_str().unwrap()
    }

    fn position(&self) -> i64 {
        self.body["position"].as_i64().unwrap()
    }
}

/// A consumer as the guide has it: a durable quorum queue of its own, one active consumer. It keeps everything, repeats
/// too, over any number of outages.
pub(crate) struct Ears {
    heard: Arc<Mutex<Vec<Heard>>>,
    listening: JoinHandle<()>,
}

impl Ears {
    /// Binds a queue and begins to listen: before there is a node, to hear everything.
    pub(crate) async fn bind(rabbit: &TestRabbitMq, queue: &'static str, pattern: &'static str) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (url, into) = (rabbit.url(), Arc::clone(&heard));
        let is_bound = Arc::new(Notify::new());
        let bound = Arc::clone(&is_bound);
        let listening = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&url, queue, pattern, &bound, &into).await {
                    println!("{queue}: {error}");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        is_bound.notified().await;
        Self { heard, listening }
    }

    pub(crate) fn all(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Everything that is no repeat, in the order of arrival.
    fn firsts(&self) -> Vec<Heard> {
        let mut seen = HashSet::new();
        self.all().into_iter().filter(|message| seen.insert(message.id)).collect()
    }

    /// Waits until every event of the log is there, and checks that nothing else is, that the first arrivals are in the
    /// order of the log, and that repeats say the same. Answers how many repeats there were.
    async fn has_the_whole_log(&self, pool: &PgPool) -> usize {
        let log: Vec<(i64, String)> =
            sqlx::query_as("select position, metadata ->> 'event_id' from events order by position")
                .fetch_all(pool)
                .await
                .unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let arrived: HashSet<i64> = self.heard.lock().unwrap().iter().map(Heard::position).collect();
            let missing: Vec<i64> =
                log.iter().map(|(position, _)| *position).filter(|at| !arrived.contains(at)).collect();
            if missing.is_empty() {
                break;
            }
            let relayed: i64 =
                sqlx::query_scalar("select position from checkpoints where name = 'broker_relay'")
                    .fetch_one(pool)
                    .await
                    .unwrap();
            let (first, last) = (missing[0], missing[missing.len() - 1]);
            assert!(
                Instant::now() < deadline,
                "{} of {} events are missing, {first} to {last}; the relay stands at {relayed}",
                missing.len(),
                log.len()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let firsts = self.firsts();
        let arrived: Vec<(i64, String)> =
            firsts.iter().map(|message| (message.position(), message.id.to_string())).collect();
        let first_wrong = arrived.iter().zip(&log).find(|(arrived, logged)| arrived != logged);
        assert_eq!((first_wrong, arrived.len()), (None, log.len()));
        let by_id: BTreeMap<Uuid, &Heard> = firsts.iter().map(|message| (message.id, message)).collect();
        let all = self.all();
        for message in &all {
            assert_eq!(by_id[&message.id], message, "a repeat is the same message");
        }
        all.len() - firsts.len()
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A shop with stock, ready to sell.
async fn stocked(app: &TestApp) -> (souk_tests::Client, String) {
    let admin = app.admin().await;
    let warehouse = admin.warehouse("MAIN").await;
    let product = admin.product("RICE", "12500").await;
    admin.stock(&product, &warehouse, 100_000).await.ok();
    (admin, product)
}

/// Listens until the connection is lost.
async fn listen(
    url: &str,
    queue: &'static str,
    pattern: &'static str,
    bound: &Notify,
    heard: &Mutex<Vec<Heard>>,
) -> lapin::Result<()> {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    let connection =
        tokio::time::timeout(Duration::from_secs(10), connecting).await.map_err(std::io::Error::from)??;
    let channel = connection.create_channel().await?;
    channel.basic_qos(200, BasicQosOptions::default()).await?;
    let nothing = FieldTable::default;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare("shop.events".into(), lapin::ExchangeKind::Topic, durable, nothing())
        .await?;
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    channel.queue_declare(queue.into(), durable, arguments).await?;
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), "shop.events".into(), pattern.into(), options, nothing()).await?;
    bound.notify_one();
    let options = BasicConsumeOptions::default();
    let mut deliveries = channel.basic_consume(queue.into(), "".into(), options, nothing()).await?;
    // A consumer is not always told that its connection is gone, nor is who acknowledges.
    while let Some(delivery) = in_time(&connection, deliveries.next()).await.flatten() {
        let delivery = delivery?;
        let properties = &delivery.properties;
        assert_eq!(properties.delivery_mode(), &Some(2), "every message is persistent");
        assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/json");
        let header = |value: &AMQPValue| match value {
            AMQPValue::LongString(text) => json!(String::from_utf8_lossy(text.as_bytes())),
            other => json!(other.as_long_long_int()),
        };
        // Without those that the broker adds when it delivers something again.
        let headers = properties.headers().as_ref().unwrap().inner();
        let headers = headers.iter().filter(|(name, _)| !name.as_str().starts_with("x-"));
        let message = Heard {
            id: properties.message_id().as_ref().unwrap().as_str().parse().unwrap(),
            kind: properties.kind().as_ref().unwrap().to_string(),
            routing_key: delivery.routing_key.to_string(),
            headers: headers.map(|(name, value)| (name.to_string(), header(value))).collect(),
            body: serde_json::from_slice(&delivery.data).unwrap(),
        };
        heard.lock().unwrap().push(message);
        match in_time(&connection, delivery.ack(BasicAckOptions::default())).await {
            Some(acknowledged) => acknowledged?,
            None => break,
        };
    }
    Ok(())
}

/// For as long as the connection is there; `None` when it is not, and what was waited for may never come.
async fn in_time<T>(connection: &Connection, work: impl Future<Output = T>) -> Option<T> {
    let is_over = async {
        while connection.status().connected() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = is_over => None,
    }
}
