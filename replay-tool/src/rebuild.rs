//! `rebuild`: a projection's tables anew, beside those that answer, and in their place when both stand at one position.

use std::time::Duration;

use event_store::{
    Log, LogOptions, LogReader,
    subscription::{RebuildError, Rebuilt, SubscriptionOptions, Subscriptions},
};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::postgres::PgConnectOptions;

use crate::{
    Outcome,
    failure::{Code, failure, failure_with},
    output, verify,
};

/// What is typed for every projection.
const ALL: &str = "all";

/// A person waits: a database that is away for longer is a failure, and the next run begins anew.
const OUTAGE_PATIENCE: Duration = Duration::from_secs(10);

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// One projection of the document.
#[derive(Debug, Serialize)]
struct Done {
    schema: String,
    position: i64,
    elapsed_ms: u64,
}

#[derive(Debug, Serialize)]
struct NotDone {
    schema: String,
    message: String,
}

/// Rebuilds `name`, or every projection; a server may be running meanwhile. With `compare` it is first held against the
/// log, at one position, with the rows that differ and the events behind them; and what took its place afterwards.
pub(crate) async fn run(
    connect: PgConnectOptions,
    name: &str,
    compare: bool,
    is_json: bool,
) -> anyhow::Result<Outcome> {
    known(name)?;
    if !compare {
        tell(rebuild(connect, name).await?, Map::new(), is_json)?;
        return Ok(Outcome::Well);
    }
    let reader = LogReader::open(&connect, 2).await?;
    let names = || {
        if name == ALL {
            Vec::new()
        } else {
            vec![name.to_owned()]
        }
    };
    let before = verify::compare(&reader, names(), is_json).await?;
    let outcomes = rebuild(connect, name).await?;
    let after = verify::compare(&reader, names(), is_json).await?;
    reader.pool().close().await;
    let faults = before.fault_count + after.fault_count;
    let mut document = Map::new();
    document.insert("before".to_owned(), serde_json::to_value(before)?);
    document.insert("after".to_owned(), serde_json::to_value(after)?);
    tell(outcomes, document, is_json)?;
    Ok(if faults == 0 {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    })
}

fn known(name: &str) -> anyhow::Result<()> {
    let known = projections::all();
    if name != ALL && !known.iter().any(|projection| projection.name() == name) {
        let names: Vec<&str> = known.iter().map(|projection| projection.name()).collect();
        let message = format!("there is no projection {name}; there are {} and {ALL}", names.join(", "));
        return Err(failure(Code::NotFound, message));
    }
    Ok(())
}

/// What became of each.
type Outcomes = Vec<(String, Result<Rebuilt, RebuildError>)>;

async fn rebuild(connect: PgConnectOptions, name: &str) -> anyhow::Result<Outcomes> {
    let known = projections::all();
    let options = SubscriptionOptions {
        outage_patience: OUTAGE_PATIENCE,
        ..SubscriptionOptions::default()
    };
    let log = Log::open(LogOptions::new(connect)).await?;
    let subscriptions = Subscriptions::start(&log, known, options).await?;
    let work = async {
        if name == ALL {
            return subscriptions.rebuild_all().await;
        }
        vec![(name.to_owned(), subscriptions.rebuild(name).await)]
    };
    let outcomes = watched(&subscriptions, log.reader().head().position, work).await;
    subscriptions.stop().await;
    log.close().await;
    Ok(outcomes)
}

/// Shows how far the slowest one has come, where somebody looks.
async fn watched<T>(subscriptions: &Subscriptions, head: i64, work: impl Future<Output = T>) -> T {
    let bar = output::progress("rebuilding", u64::try_from(head).unwrap_or(0));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                bar.finish_and_clear();
                return done;
            }
            () = tokio::time::sleep(LOOK_EVERY), if !bar.is_hidden() => {
                let status = subscriptions.status().await.unwrap_or_default();
                let positions = status.iter().filter_map(|status| status.rebuild.as_ref());
                if let Some(slowest) = positions.map(|rebuild| rebuild.position).min() {
                    bar.set_position(u64::try_from(slowest).unwrap_or(0));
                }
            }
        }
    }
}

fn tell(outcomes: Outcomes, mut document: Map<String, Value>, is_json: bool) -> anyhow::Result<()> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (name, outcome) in outcomes {
        match outcome {
            Ok(Rebuilt { key, position, elapsed_ms }) => {
                if !is_json {
                    output::say(&format!("{name}: rebuilt up to {position} in {elapsed_ms} ms\n"));
                }
                done.push(Done { schema: key, position, elapsed_ms });
            }
            Err(error) => failed.push(NotDone { schema: name, message: error.to_string() }),
        }
    }
    document.insert("rebuilt".to_owned(), serde_json::to_value(done)?);
    if failed.is_empty() {
        return if is_json {
            output::document(&Value::Object(document))
        } else {
            Ok(())
        };
    }
    let messages: Vec<String> =
        failed.iter().map(|failed| format!("{}: {}", failed.schema, failed.message)).collect();
    document.insert("failed".to_owned(), serde_json::to_value(failed)?);
    Err(failure_with(Code::RebuildFailed, messages.join("; "), document))
}
