//! One round: a database, nodes, load, a list of faults, and the judgement afterwards.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use event_store::Log;

use crate::{
    check,
    inject::{Fault, Scene},
    load::{Gauge, History, Journal, Load, LoadOptions},
    postgres::{Database, Postgres},
    process::{Node, free_port},
    proxy::Proxy,
    random::Random,
    target::{NodeSettings, Target},
};

/// How long projections may take to reach the end of the log when nothing more happens.
const SETTLED: Duration = Duration::from_secs(60);

/// What to do in one round.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// For the report.
    pub(crate) name: String,
    /// In its run.
    pub(crate) number: usize,
    pub(crate) target: Target,
    pub(crate) nodes: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) clients: usize,
    pub(crate) seed: u64,
    pub(crate) io_timeout_ms: u64,
    pub(crate) planted: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) faults: usize,
    /// The fewest requests that waited when a fault struck.
    pub(crate) least_in_flight: usize,
    pub(crate) requests: usize,
    pub(crate) acknowledged: usize,
    pub(crate) refused: usize,
    pub(crate) unknown_then_resolved: usize,
    pub(crate) longest_standstill: Duration,
    pub(crate) events: usize,
    pub(crate) findings: Vec<String>,
}

impl Round {
    /// Plays it on a database of its own; files go to `folder`.
    pub(crate) async fn play(&self, postgres: &Postgres, folder: &Path) -> Result<Tally> {
        let database = postgres.database().await?;
        Log::migrate(&database.options()?).await?;
        let journal_path = folder.join(format!("{}.journal", self.file_name()));
        let mut tally = Tally { least_in_flight: usize::MAX, ..Tally::default() };
        let (mut nodes, mut proxies) = self.start_nodes(&database, folder).await?;
        let shop = self.target.shop(&nodes[0].url()).await?;
        let gauge = Gauge::default();
        let load = Load::start(
            LoadOptions { clients: self.clients, seed: self.seed },
            Arc::new(shop),
            nodes.iter().map(Node::url).collect(),
            Journal::create(&journal_path)?,
            gauge.clone(),
        )?;
        let mut scene = Scene {
            postgres,
            database: &database,
            nodes: &mut nodes,
            proxies: &mut proxies,
            gauge: &gauge,
            random: &mut Random::new(self.seed),
            findings: &mut tally.findings,
        };
        for fault in &self.faults {
            let survived = scene.strike(*fault).await?;
            tally.faults += 1;
            tally.least_in_flight = tally.least_in_flight.min(survived.in_flight);
            tally.longest_standstill = tally.longest_standstill.max(survived.standstill);
        }
        load.finish().await.context("bringing every request to its end")?;
        if !check::settle(&mut database.connect().await?, SETTLED).await? {
            tally.findings.push(format!("projections were not up to date after {SETTLED:?}"));
        }
        for node in &mut nodes {
            node.stop().await?;
        }
        tally.requests = gauge.attempts();
        self.judge(&database, &journal_path, &mut tally).await?;
        postgres.drop(&database).await?;
        Ok(tally)
    }

    /// Number, name without spaces, nodes.
    fn file_name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        format!("{:02}_{}_{}", self.number, self.name.chars().map(plain).collect::<String>(), self.nodes)
    }

    async fn start_nodes(&self, database: &Database, folder: &Path) -> Result<(Vec<Node>, Vec<Proxy>)> {
        let (mut nodes, mut proxies) = (Vec::new(), Vec::new());
        for number in 0..self.nodes {
            let proxy = Proxy::start(database.address()).await?;
            let settings = NodeSettings {
                database_url: database.url_through(proxy.port())?,
                port: free_port()?,
                io_timeout_ms: self.io_timeout_ms,
                data_dir: folder.join("data"),
                planted: self.planted.clone(),
            };
            let log: PathBuf = folder.join(format!("{}_node_{number}.log", self.file_name()));
            nodes.push(Node::start(self.target, settings, &log).await?);
            proxies.push(proxy);
        }
        Ok((nodes, proxies))
    }

    async fn judge(&self, database: &Database, journal: &Path, tally: &mut Tally) -> Result<()> {
        let history = History::read(journal)?;
        for known in history.commands.values() {
            let is_certain = known.accepted().is_some() || known.is_refused();
            tally.acknowledged += usize::from(known.accepted().is_some());
            tally.refused += usize::from(known.is_refused());
            tally.unknown_then_resolved += usize::from(known.was_unknown() && is_certain);
        }
        let ledger = check::Ledger::read(&mut database.connect().await?).await?;
        tally.events = ledger.events.len();
        tally.findings.extend(check::judge(&ledger, &history, self.target));
        Ok(())
    }
}
