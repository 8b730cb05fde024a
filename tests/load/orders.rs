//! Orders over HTTP: many keep-alive connections, each placing one order after the other.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use event_store::ids;

use crate::{
    client::{Client, request},
    stage::Stage,
};

/// What one run of the load showed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    pub(crate) placed: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Answers other than 201, by status.
    pub(crate) others: BTreeMap<u16, u64>,
}

/// How the lines choose their products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Two different products of all.
    Uniform,
    /// The first product in every order, and another.
    OneHot,
    /// So many lines, neighbours from one of all on.
    Lines(u64),
}

/// Runs `connections` for `time`, or until `orders` are placed where that is given.
pub(crate) async fn run(
    address: &str,
    stage: &Arc<Stage>,
    connections: usize,
    time: Duration,
    spread: Spread,
    orders: Option<u64>,
) -> Result<Outcome> {
    let stop = Arc::new(AtomicBool::new(false));
    let placed = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks = Vec::with_capacity(connections);
    for number in 0..connections {
        let client = Client::connect(address).await?;
        let worker = Worker {
            client,
            token: stage.tokens[number % stage.tokens.len()].clone(),
            stage: Arc::clone(stage),
            spread,
            state: u64::try_from(number)?.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            stop: Arc::clone(&stop),
            placed: Arc::clone(&placed),
        };
        tasks.push(tokio::spawn(worker.run()));
    }
    while started.elapsed() < time && orders.is_none_or(|wanted| placed.load(Ordering::Relaxed) < wanted) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let counted = placed.load(Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    let mut outcome = Outcome::default();
    for task in tasks {
        let (own, others) = task.await??;
        latencies.extend(own);
        for (status, count) in others {
            *outcome.others.entry(status).or_default() += count;
        }
    }
    latencies.sort_unstable();
    let at = |share: f64| {
        latencies.get((latencies.len() as f64 * share) as usize).map_or(0.0, |us| f64::from(*us) / 1e3)
    };
    outcome.placed = placed.load(Ordering::Relaxed);
    outcome.per_second = counted as f64 / seconds;
    outcome.p50_ms = at(0.5);
    outcome.p99_ms = at(0.99);
    if outcome.placed == 0 {
        bail!("no order was placed: {:?}", outcome.others);
    }
    Ok(outcome)
}

struct Worker {
    client: Client,
    token: String,
    stage: Arc<Stage>,
    spread: Spread,
    state: u64,
    stop: Arc<AtomicBool>,
    placed: Arc<AtomicU64>,
}

impl Worker {
    async fn run(mut self) -> Result<(Vec<u32>, BTreeMap<u16, u64>)> {
        let mut latencies = Vec::new();
        let mut others = BTreeMap::new();
        let authorization = format!("Bearer {}", self.token);
        while !self.stop.load(Ordering::Relaxed) {
            let key = ids::uuid().to_string();
            let body = self.body();
            let headers = [
                ("Authorization", authorization.as_str()),
                ("Idempotency-Key", key.as_str()),
            ];
            let request = request("POST", "/api/v1/orders", &headers, &body);
            let sent = Instant::now();
            let answer = self.client.send(&request).await.context("placing an order")?;
            if answer.status == 201 {
                latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                self.placed.fetch_add(1, Ordering::Relaxed);
            } else {
                if others.is_empty() {
                    eprintln!("first refusal: {} {}", answer.status, String::from_utf8_lossy(answer.body));
                }
                *others.entry(answer.status).or_default() += 1;
            }
        }
        Ok((latencies, others))
    }

    fn body(&mut self) -> String {
        let count = u64::try_from(self.stage.products.len()).unwrap_or(1);
        let first = match self.spread {
            Spread::Uniform | Spread::Lines(_) => self.random() % count,
            Spread::OneHot => 0,
        };
        if let Spread::Lines(lines) = self.spread {
            return self.long(first, lines);
        }
        let second = (first + 1 + self.random() % (count - 1)) % count;
        let product = |index: u64| self.stage.products[usize::try_from(index).unwrap_or(0)];
        format!(
            r#"{{"payment_method":"invoice","fulfilment":"delivery","lines":[{{"product_id":"{}","quantity":2}},{{"product_id":"{}","quantity":1}}]}}"#,
            product(first),
            product(second)
        )
    }

    fn long(&self, first: u64, lines: u64) -> String {
        let count = self.stage.products.len();
        let line = |index: u64| {
            let product = self.stage.products[usize::try_from(first + index).unwrap_or(0) % count];
            format!(r#"{{"product_id":"{product}","quantity":1}}"#)
        };
        let lines: Vec<String> = (0..lines).map(line).collect();
        format!(r#"{{"payment_method":"invoice","fulfilment":"delivery","lines":[{}]}}"#, lines.join(","))
    }

    /// xorshift64*: good enough to pick products.
    fn random(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}
