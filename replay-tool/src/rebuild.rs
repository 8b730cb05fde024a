//! `rebuild`: a projection's tables anew, beside those that answer, and in their place when both stand at one position.

use event_store::{
    Log, LogOptions,
    subscription::{RebuildError, Rebuilt, SubscriptionOptions, Subscriptions},
};
use sqlx::postgres::PgConnectOptions;

/// What is typed for every projection.
const ALL: &str = "all";

/// Rebuilds `name`, or every projection; a server may be running meanwhile.
pub(crate) async fn run(connect: PgConnectOptions, name: &str) -> anyhow::Result<()> {
    let known = projections::all();
    if name != ALL && !known.iter().any(|projection| projection.name() == name) {
        let names: Vec<&str> = known.iter().map(|projection| projection.name()).collect();
        anyhow::bail!("there is no projection {name}; there are {} and {ALL}", names.join(", "));
    }
    let log = Log::open(LogOptions::new(connect)).await?;
    let subscriptions = Subscriptions::start(&log, known, SubscriptionOptions::default()).await?;
    let outcomes = if name == ALL {
        subscriptions.rebuild_all().await
    } else {
        vec![(name.to_owned(), subscriptions.rebuild(name).await)]
    };
    subscriptions.stop().await;
    log.close().await;
    tell(outcomes)
}

fn tell(outcomes: Vec<(String, Result<Rebuilt, RebuildError>)>) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(rebuilt) => {
                println!("{name}: rebuilt up to {} in {} ms", rebuilt.position, rebuilt.elapsed_ms)
            }
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}
