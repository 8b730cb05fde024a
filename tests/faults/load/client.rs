//! Clients: each has one command at a time and repeats it, under the same key and at any node, until its fate is
//! certain. An attempt that takes too long is not given up: its late answer counts as well.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail};
use event_store::ids;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
};
use uuid::Uuid;

use super::{Command, Entry, Gauge, Journal, Outcome, journal::AFTERWARDS};
use crate::{random::Random, target::Shop};

/// After this long a client asks again, elsewhere.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// When a run ends, this is how long an attempt may still take.
const LAST_ANSWERS: Duration = Duration::from_secs(30);
/// Orders that a client remembers to cancel some of them.
const REMEMBERED: usize = 20;

/// How hard to press.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadOptions {
    pub(crate) clients: usize,
    pub(crate) seed: u64,
}

/// Everything that a client needs.
#[derive(Clone)]
struct Desk {
    shop: Arc<Shop>,
    /// Base URLs of the nodes.
    nodes: Arc<Vec<String>>,
    http: reqwest::Client,
    journal: Journal,
    gauge: Gauge,
}

/// Running clients.
pub(crate) struct Load {
    clients: JoinSet<Result<()>>,
    stop: watch::Sender<bool>,
}

impl Load {
    /// Starts the clients.
    pub(crate) fn start(
        options: LoadOptions,
        shop: Arc<Shop>,
        nodes: Vec<String>,
        journal: Journal,
        gauge: Gauge,
    ) -> Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .pool_idle_timeout(Duration::from_secs(5))
            .no_proxy()
            .build()?;
        let desk = Desk { shop, nodes: Arc::new(nodes), http, journal, gauge };
        let (stop, stopped) = watch::channel(false);
        let mut clients = JoinSet::new();
        for number in 0..options.clients {
            let seed = options.seed.wrapping_add(u64::try_from(number).unwrap_or(0).wrapping_mul(7_919));
            let client = Client {
                desk: desk.clone(),
                random: Random::new(seed),
                orders: Vec::new(),
                attempts: JoinSet::new(),
            };
            clients.spawn(client.run(stopped.clone()));
        }
        Ok(Self { clients, stop })
    }

    /// Lets every client bring its command to certainty, and waits for late answers.
    pub(crate) async fn finish(mut self) -> Result<()> {
        self.stop.send_replace(true);
        while let Some(ended) = self.clients.join_next().await {
            ended??;
        }
        Ok(())
    }
}

struct Client {
    desk: Desk,
    random: Random,
    orders: Vec<Uuid>,
    attempts: JoinSet<()>,
}

impl Client {
    async fn run(mut self, stopped: watch::Receiver<bool>) -> Result<()> {
        while !*stopped.borrow() {
            let command = self.choose();
            let id = ids::uuid();
            self.desk.journal.append(&Entry::Wanted { id, command: command.clone() }).await?;
            let ended = Arc::new(AtomicU32::new(0));
            let outcome = self.until_certain(id, &command, &ended).await?;
            if let Outcome::Accepted { order, .. } = outcome {
                if let (Command::Place { .. }, Some(order)) = (&command, order) {
                    self.orders.push(order);
                    if self.orders.len() > REMEMBERED {
                        self.orders.remove(0);
                    }
                }
                // An acknowledged command may be repeated too: the answer must be the first one.
                if self.random.chance(4) {
                    let node = self.random.index(self.desk.nodes.len());
                    let answer = self.attempt(id, &command, AFTERWARDS, node, &ended);
                    drop(tokio::time::timeout(PATIENCE, answer).await);
                }
            }
            while self.attempts.try_join_next().is_some() {}
        }
        let late = async { while self.attempts.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_ANSWERS, late).await.is_err() {
            bail!("a request got no answer within {LAST_ANSWERS:?}");
        }
        Ok(())
    }

    /// A third of all goes to one product, so that every node wants the same stream.
    fn choose(&mut self) -> Command {
        let random = &mut self.random;
        let shop = &self.desk.shop;
        if !self.orders.is_empty() && random.chance(20) {
            let order = self.orders.swap_remove(random.index(self.orders.len()));
            return Command::Cancel { order };
        }
        let hot = random.chance(50);
        let spread = shop.products[random.index(shop.products.len())];
        let product = if hot { shop.products[0] } else { spread };
        if random.chance(30) {
            let warehouse = shop.warehouses[random.index(shop.warehouses.len())];
            let units = i64::from(random.between(1, 12));
            let delta = if random.chance(65) { units } else { -units };
            return Command::Adjust { product, warehouse, delta };
        }
        let mut lines = vec![(product, random.between(1, 3))];
        if random.chance(60) {
            lines.push((spread, random.between(1, 3)));
        }
        Command::Place { lines }
    }

    async fn until_certain(
        &mut self,
        id: Uuid,
        command: &Command,
        ended: &Arc<AtomicU32>,
    ) -> Result<Outcome> {
        let nodes = self.desk.nodes.len();
        let mut node = self.random.index(nodes);
        for number in 0.. {
            let answer = self.attempt(id, command, number, node, ended);
            match tokio::time::timeout(PATIENCE, answer).await {
                Ok(Ok(outcome)) if outcome.is_certain() => return Ok(outcome),
                Ok(Err(_)) => bail!("the journal cannot be written"),
                Ok(Ok(_)) | Err(_) => {}
            }
            if self.random.chance(70) {
                node = (node + 1) % nodes;
            }
            tokio::time::sleep(Duration::from_millis(u64::from(self.random.between(5, 60)))).await;
        }
        bail!("there are no more numbers for attempts")
    }

    /// Sends one attempt; its answer comes when it is in the journal, and is journalled even if nobody waits.
    fn attempt(
        &mut self,
        id: Uuid,
        command: &Command,
        number: u32,
        node: usize,
        ended: &Arc<AtomicU32>,
    ) -> oneshot::Receiver<Outcome> {
        let (reply, answer) = oneshot::channel();
        let desk = self.desk.clone();
        let ended = Arc::clone(ended);
        let command = command.clone();
        self.attempts.spawn(async move {
            let after = ended.load(Ordering::SeqCst);
            desk.gauge.began();
            let request = desk.shop.request(&desk.http, &desk.nodes[node], id, &command);
            let outcome = desk.shop.outcome(request.send().await).await;
            desk.gauge.ended();
            let entry = Entry::Answered { id, attempt: number, after, node, outcome: outcome.clone() };
            if desk.journal.append(&entry).await.is_ok() {
                ended.fetch_add(1, Ordering::SeqCst);
                if matches!(outcome, Outcome::Accepted { .. }) {
                    desk.gauge.acknowledged_by(node);
                }
                drop(reply.send(outcome));
            }
        });
        answer
    }
}
