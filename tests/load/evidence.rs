//! What evidence costs: orders with the sealer at work beside orders without, and checking the whole log beside copying it.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use crate::{
    Bench, WARM_UP, lag,
    orders::{self, Spread},
    rebuild,
    report::median,
    server::{Server, binary},
};

/// The pairs that the figure is the median of, at least.
const PAIRS: usize = 10;
/// Connections that place orders: as many as keep both cores busy without a queue.
const CONNECTIONS: usize = 64;
/// What the sealer holds while it is its turn.
const LOCK: &str = "hashtextextended('souk sealer', 0)";

impl Bench {
    /// The same server by turns with its sealer at work and kept from it.
    pub(crate) async fn sealing(&mut self) -> Result<()> {
        let server = Server::start(&self.data_dir(), true).await?;
        let url = server.database()?.url().to_owned();
        lag::wait_until_caught_up(&url).await?;
        crate::baseline::tidy(&url).await?;
        orders::run(&server.address, &self.stage, CONNECTIONS, WARM_UP, Spread::Uniform, None).await?;
        let (mut ratios, mut with, mut without) = (vec![], vec![], vec![]);
        for number in 0..self.options.rounds.max(PAIRS) {
            // Whoever is first of a pair finds a smaller log.
            let (sealed, unsealed) = if number % 2 == 0 {
                let sealed = self.placed(&server, &url, true).await?;
                (sealed, self.placed(&server, &url, false).await?)
            } else {
                let unsealed = self.placed(&server, &url, false).await?;
                (self.placed(&server, &url, true).await?, unsealed)
            };
            println!("  {sealed:.0} orders/s sealed, {unsealed:.0} not");
            ratios.push(sealed / unsealed);
            with.push(sealed);
            without.push(unsealed);
        }
        let of = format!("{:.0} over {:.0} orders/s", median(&mut with), median(&mut without));
        self.report.at_least("orders_sealed_vs_not", median(&mut ratios), 0.9, of);
        sealed(&url).await?;
        self.verified(&url)?;
        server.stop()
    }

    async fn placed(&self, server: &Server, url: &str, is_sealed: bool) -> Result<f64> {
        sealed(url).await?;
        lag::wait_until_caught_up(url).await?;
        let kept_away = if is_sealed {
            None
        } else {
            Some(keep_away(url).await?)
        };
        let outcome =
            orders::run(&server.address, &self.stage, CONNECTIONS, self.time(), Spread::Uniform, None)
                .await?;
        if let Some(connection) = kept_away {
            connection.close().await?;
        }
        Ok(outcome.per_second)
    }

    fn verified(&mut self, url: &str) -> Result<()> {
        let (mut ratios, mut verifies, mut copies, mut events) = (vec![], vec![], vec![], 0);
        for _ in 0..self.options.rounds {
            let copied = rebuild::copy(url)?;
            let started = Instant::now();
            events = verify(url)?;
            let verified = started.elapsed();
            ratios.push(copied.as_secs_f64() / verified.as_secs_f64());
            verifies.push(events as f64 / verified.as_secs_f64());
            copies.push(events as f64 / copied.as_secs_f64());
        }
        let of =
            format!("{:.0} over {:.0} events/s; {events} events", median(&mut verifies), median(&mut copies));
        self.report.at_least("verify_evidence_vs_copy", median(&mut ratios), 0.2, of);
        Ok(())
    }
}

/// Takes the sealer's turn, for as long as the connection is open.
async fn keep_away(url: &str) -> Result<PgConnection> {
    let mut connection = PgConnection::connect(url).await?;
    let began = Instant::now();
    loop {
        let (is_ours,): (bool,) = sqlx::query_as(&format!("select pg_try_advisory_lock({LOCK})"))
            .fetch_one(&mut connection)
            .await?;
        if is_ours {
            return Ok(connection);
        }
        if began.elapsed() > Duration::from_secs(30) {
            bail!("the sealer does not give up its turn");
        }
        sqlx::query(&format!(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted \
                and pid <> pg_backend_pid() \
                and (classid::bigint << 32 | objid::bigint) = {LOCK}"
        ))
        .execute(&mut connection)
        .await?;
    }
}

/// Waits until all but the newest thousand events are under a head: the last ones may wait for a minute.
async fn sealed(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(600) {
        let (left,): (i64,) = sqlx::query_as(
            "select coalesce((select max(position) from events), 0) - \
                    coalesce((select max(size) from evidence_heads), 0)",
        )
        .fetch_one(&mut connection)
        .await?;
        if left < 1_000 {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("the sealer did not catch up")
}

/// Checks the whole log; answers how many events there are.
fn verify(url: &str) -> Result<i64> {
    let output = Command::new(binary("souk-replay")?)
        .args(["verify", "--evidence", "--json", "--database-url", url])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("souk-replay has found: {}", String::from_utf8_lossy(&output.stdout));
    }
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(document["events"].as_i64().unwrap_or_default())
}
