//! The faults, and what must be seen right after each of them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{
    load::Gauge,
    postgres::{Database, Postgres},
    process::Node,
    proxy::{BlackHole, Committer, Proxy},
    random::Random,
};

/// Requests that must be waiting when a fault strikes.
pub(crate) const IN_FLIGHT: usize = 32;
/// How long everything may stand still after a fault.
const RECOVERY: Duration = Duration::from_secs(60);
/// How long a stopped node may keep another from writing: the server ends its transaction after two seconds.
const TAKEOVER: Duration = Duration::from_secs(5);
/// How long a node stays stopped at least.
const STOPPED: Duration = Duration::from_secs(3);
/// Longer than the eight seconds for which a node asks what became of its COMMIT.
const OUTAGE: Duration = Duration::from_secs(10);
/// Acknowledgements that show that work goes on.
const PROGRESS: usize = 20;

/// What is done to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// kill -9 of a node.
    KillNode,
    /// kill -9 of PostgreSQL's postmaster.
    KillPostmaster,
    /// kill -9 of the server process of a writer.
    KillBackend,
    /// SIGSTOP of the node that holds the append lock, SIGCONT when others have gone on.
    StopHolder,
    /// A COMMIT that never arrives.
    CutBefore,
    /// A connection lost at the moment of the COMMIT.
    CutWith,
    /// A COMMIT whose answer is lost with the connection.
    CutAfter,
    /// A COMMIT whose answer never comes.
    Silence,
    /// A COMMIT that arrives after its node has lost the connection.
    Late,
    /// A COMMIT cut off, and then no way to the database for so long that callers are told that nobody knows.
    Outage,
    /// Any of these, to the COMMIT of a projection.
    CutProjection,
}

impl Fault {
    /// In the order of the report.
    pub(crate) const ALL: [Self; 11] = [
        Self::KillNode,
        Self::KillPostmaster,
        Self::KillBackend,
        Self::StopHolder,
        Self::CutBefore,
        Self::CutWith,
        Self::CutAfter,
        Self::Silence,
        Self::Late,
        Self::Outage,
        Self::CutProjection,
    ];

    /// For the report.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::KillNode => "kill -9 node",
            Self::KillPostmaster => "kill -9 postmaster",
            Self::KillBackend => "kill -9 backend",
            Self::StopHolder => "SIGSTOP lock holder",
            Self::CutBefore => "COMMIT lost",
            Self::CutWith => "cut during COMMIT",
            Self::CutAfter => "answer lost",
            Self::Silence => "answer black-holed",
            Self::Late => "COMMIT arrives late",
            Self::Outage => "COMMIT cut, then outage",
            Self::CutProjection => "projection cut at COMMIT",
        }
    }
}

/// What one round plays with.
pub(crate) struct Scene<'a> {
    pub(crate) postgres: &'a Postgres,
    pub(crate) database: &'a Database,
    pub(crate) nodes: &'a mut [Node],
    pub(crate) proxies: &'a mut [Proxy],
    pub(crate) gauge: &'a Gauge,
    pub(crate) random: &'a mut Random,
    pub(crate) findings: &'a mut Vec<String>,
}

/// How a fault was survived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Survived {
    /// Requests that waited when it struck.
    pub(crate) in_flight: usize,
    /// The longest time in which nobody was acknowledged.
    pub(crate) standstill: Duration,
}

impl Scene<'_> {
    /// Lets one fault strike under load and waits until every node works again.
    pub(crate) async fn strike(&mut self, fault: Fault) -> Result<Survived> {
        let pause = self.random.between(50, 400);
        tokio::time::sleep(Duration::from_millis(u64::from(pause))).await;
        if self.gauge.wait(RECOVERY, |gauge| gauge.in_flight() >= IN_FLIGHT).await.is_none() {
            bail!("there are never {IN_FLIGHT} requests in flight");
        }
        let in_flight = self.gauge.in_flight();
        self.gauge.watch();
        self.play(fault).await.with_context(|| format!("injecting: {}", fault.name()))?;
        let before = self.acknowledged();
        let works = |gauge: &Gauge| {
            before.iter().enumerate().all(|(node, count)| gauge.of_node(node) > count + PROGRESS)
        };
        if self.gauge.wait(RECOVERY, works).await.is_none() {
            self.findings.push(format!("{}: a node did not work again within {RECOVERY:?}", fault.name()));
        }
        let standstill = self.gauge.longest_pause();
        Ok(Survived { in_flight, standstill })
    }

    fn acknowledged(&self) -> Vec<usize> {
        (0..self.nodes.len()).map(|node| self.gauge.of_node(node)).collect()
    }

    async fn play(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::KillNode => {
                let victim = self.random.index(self.nodes.len());
                self.nodes[victim].kill()?;
                self.nodes[victim].restart().await
            }
            Fault::KillPostmaster => {
                self.postgres.kill_postmaster()?;
                drop(self.database.connect().await?);
                Ok(())
            }
            Fault::KillBackend => {
                self.database.kill_backend().await?;
                drop(self.database.connect().await?);
                Ok(())
            }
            Fault::StopHolder => self.stop_holder().await,
            Fault::CutBefore => self.black_hole(BlackHole::CutBefore).await,
            Fault::CutWith => self.black_hole(BlackHole::CutWith).await,
            Fault::CutAfter => self.black_hole(BlackHole::CutAfter).await,
            Fault::Silence => self.black_hole(BlackHole::Silence).await,
            Fault::Late => {
                let hole = self.late();
                self.black_hole(hole).await
            }
            Fault::Outage => self.outage().await,
            Fault::CutProjection => self.cut_projection().await,
        }
    }

    /// Shorter than the two seconds after which the server ends an idle transaction.
    fn late(&mut self) -> BlackHole {
        BlackHole::Late(Duration::from_millis(u64::from(self.random.between(200, 1_200))))
    }

    async fn black_hole(&mut self, hole: BlackHole) -> Result<()> {
        let victim = self.random.index(self.proxies.len());
        if !self.proxies[victim].spring(Committer::Writer, hole, RECOVERY).await {
            bail!("no COMMIT came by");
        }
        Ok(())
    }

    async fn outage(&mut self) -> Result<()> {
        let victim = self.random.index(self.proxies.len());
        let proxy = &mut self.proxies[victim];
        proxy.close(true);
        let hole = if self.random.chance(50) {
            BlackHole::CutWith
        } else {
            BlackHole::CutBefore
        };
        let sprung = proxy.spring(Committer::Writer, hole, RECOVERY).await;
        if sprung {
            tokio::time::sleep(OUTAGE).await;
        }
        proxy.close(false);
        if !sprung {
            bail!("no COMMIT came by");
        }
        Ok(())
    }

    /// Tries one node after the other: a projection is live on one of them.
    async fn cut_projection(&mut self) -> Result<()> {
        let holes = [
            BlackHole::CutBefore,
            BlackHole::CutWith,
            BlackHole::CutAfter,
            self.late(),
        ];
        let hole = holes[self.random.index(holes.len())];
        let started = Instant::now();
        while started.elapsed() < RECOVERY {
            let victim = self.random.index(self.proxies.len());
            let limit = Duration::from_millis(500);
            if self.proxies[victim].spring(Committer::Projection, hole, limit).await {
                return Ok(());
            }
        }
        bail!("no COMMIT of a projection came by")
    }

    /// Stops the node that holds the lock, sees the others go on, and continues it.
    async fn stop_holder(&mut self) -> Result<()> {
        let victim = self.pause_holder().await?;
        let others: Vec<usize> = (0..self.nodes.len()).filter(|node| *node != victim).collect();
        let before = self.acknowledged();
        let others_work = |gauge: &Gauge| others.iter().all(|node| gauge.of_node(*node) > before[*node]);
        let started = Instant::now();
        if self.gauge.wait(RECOVERY, others_work).await.is_none_or(|waited| waited > TAKEOVER) {
            self.findings.push(format!("a stopped node kept the lock for {:?}", started.elapsed()));
        }
        tokio::time::sleep(STOPPED.saturating_sub(started.elapsed())).await;
        self.nodes[victim].resume()
    }

    async fn pause_holder(&mut self) -> Result<usize> {
        let mut connection = self.database.connect().await?;
        for _ in 0..2_000 {
            let Some((pid, port)) = Database::lock_holder(&mut connection).await? else {
                continue;
            };
            let Some(victim) = self.proxies.iter().position(|proxy| proxy.carries(port)) else {
                continue;
            };
            self.nodes[victim].pause()?;
            // A lock that is still held after this long is held by a transaction that cannot go on.
            tokio::time::sleep(Duration::from_millis(60)).await;
            if Database::lock_holder(&mut connection).await?.is_some_and(|(holder, _)| holder == pid) {
                return Ok(victim);
            }
            self.nodes[victim].resume()?;
            tokio::time::sleep(Duration::from_millis(u64::from(self.random.between(0, 15)))).await;
        }
        bail!("no node could be stopped while it held the lock")
    }
}
