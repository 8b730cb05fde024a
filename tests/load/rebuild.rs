//! Rebuilding projections against copying the same events to nowhere.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use event_store::{
    Log, LogOptions,
    subscription::{SubscriptionOptions, Subscriptions},
};

/// Events per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) copy: f64,
    pub(crate) all: f64,
    pub(crate) best: f64,
    pub(crate) events: i64,
}

pub(crate) async fn rates(url: &str, rounds: usize) -> Result<Rates> {
    let log = Log::open(LogOptions::new(url.parse()?)).await?;
    let events = log.reader().head().position;
    let subscriptions =
        Subscriptions::start(&log, projections::all(), SubscriptionOptions::default()).await?;
    let names: Vec<String> =
        projections::all().iter().map(|projection| projection.name().to_owned()).collect();
    for name in &names {
        subscriptions.wait_for(name, log.reader().head(), Duration::from_secs(600)).await?;
    }
    let (mut copies, mut alls, mut bests) = (vec![], vec![], vec![]);
    for _ in 0..rounds {
        copies.push(per_second(events, copy(url)?));
        let started = Instant::now();
        for (name, outcome) in subscriptions.rebuild_all().await {
            if let Err(error) = outcome {
                bail!("rebuilding {name}: {error}");
            }
        }
        alls.push(per_second(events, started.elapsed()));
        let mut best = 0.0_f64;
        for name in &names {
            let started = Instant::now();
            subscriptions.rebuild(name).await?;
            let rate = per_second(events, started.elapsed());
            println!("  rebuild {name}: {rate:.0} events/s");
            best = best.max(rate);
        }
        bests.push(best);
    }
    subscriptions.stop().await;
    log.close().await;
    use crate::report::median;
    Ok(Rates {
        copy: median(&mut copies),
        all: median(&mut alls),
        best: median(&mut bests),
        events,
    })
}

/// How long PostgreSQL takes to hand out the whole log.
pub(crate) fn copy(url: &str) -> Result<Duration> {
    let psql = event_store::embedded::programs_folder()?.join("psql");
    let started = Instant::now();
    let status = Command::new(psql)
        .args(["-X", "-q", "-c", "copy events to stdout"])
        .arg(url)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        bail!("psql could not copy the log");
    }
    Ok(started.elapsed())
}

fn per_second(events: i64, time: Duration) -> f64 {
    events as f64 / time.as_secs_f64()
}
