//! What looking back costs: the stock of a product with a hundred thousand events as it was, beside what it is.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use commands::{
    Call,
    inventory::{Inventory, ReceiveStock},
};
use domain::{
    ids::{ProductId, WarehouseId},
    quantity::Quantity,
};
use event_store::{Log, LogOptions};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::{
    Bench, WARM_UP,
    client::{Client, ask, request},
    lag,
    report::median,
    server::Server,
    stage::{self, Goods, PASSWORD},
};

/// Events in the stream.
const EVENTS: u32 = 100_000;
/// Moments that are asked for by turns.
const MOMENTS: i64 = 97;

impl Bench {
    /// One read after the other, of the present and of moments all over the stream by turns.
    pub(crate) async fn looking_back(&mut self) -> Result<()> {
        let server = Server::start(&self.data_dir(), true).await?;
        let url = server.database()?.url().to_owned();
        let login = json!({"email": "bench@souk.example", "password": PASSWORD}).to_string();
        let session = ask(&server.address, "POST", "/api/v1/auth/login", &[], &login).await?;
        let bearer = format!("Bearer {}", session["access_token"].as_str().context("no access token")?);
        let warehouses =
            ask(&server.address, "GET", "/api/v1/warehouses", &[("Authorization", &bearer)], "").await?;
        let warehouse = warehouses["items"][0]["id"].as_str().context("no warehouse")?.parse()?;
        let before = lag::events(&url).await?;
        let product = receive(&url, warehouse).await?;
        lag::wait_until_caught_up(&url).await?;
        crate::baseline::tidy(&url).await?;
        let path = format!("/api/v1/inventory/stock/{product}");
        let get = |path: &str| request("GET", path, &[("Authorization", &bearer)], "");
        let step = i64::from(EVENTS) / MOMENTS;
        let past: Vec<_> =
            (1..=MOMENTS).map(|n| get(&format!("{path}?as_of={}", before + n * step))).collect();
        let present = vec![get(&path)];
        let (mut ratios, mut then, mut now) = (vec![], vec![], vec![]);
        for requests in [&past, &present] {
            self.median_ms(&server, requests, WARM_UP).await?;
        }
        for _ in 0..self.options.rounds {
            let was = self.median_ms(&server, &past, self.time()).await?;
            let is = self.median_ms(&server, &present, self.time()).await?;
            ratios.push(was / is);
            then.push(was);
            now.push(is);
        }
        let of = format!(
            "{:.2} over {:.2} ms; {EVENTS} events, one read at a time",
            median(&mut then),
            median(&mut now)
        );
        self.report.at_most("as_of_stock_vs_now", median(&mut ratios), 10.0, of);
        server.stop()
    }

    async fn median_ms(
        &self,
        server: &Server,
        requests: &[Vec<u8>],
        time: std::time::Duration,
    ) -> Result<f64> {
        let mut client = Client::connect(&server.address).await?;
        let (mut latencies, started) = (Vec::new(), Instant::now());
        for request in requests.iter().cycle() {
            let sent = Instant::now();
            let answer = client.send(request).await?;
            if answer.status != 200 {
                bail!("{}: {}", answer.status, String::from_utf8_lossy(answer.body));
            }
            latencies.push(sent.elapsed().as_secs_f64() * 1e3);
            if started.elapsed() >= time {
                break;
            }
        }
        Ok(median(&mut latencies))
    }
}

/// A product whose stock has come unit by unit.
async fn receive(url: &str, warehouse: WarehouseId) -> Result<ProductId> {
    let log = Log::open(LogOptions::new(url.parse()?)).await?;
    let product = stage::register(&log, &Goods::alike(9_999)).await?;
    let inventory = Inventory::new(log.clone());
    let inventory = &inventory;
    stream::iter(0..EVENTS)
        .map(|_| async move {
            let receive = ReceiveStock {
                product,
                warehouse,
                quantity: Quantity::ONE,
                reference: None,
                lot: None,
            };
            inventory.receive(&Call::system(), receive).await
        })
        .buffer_unordered(512)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    log.close().await;
    Ok(product)
}
