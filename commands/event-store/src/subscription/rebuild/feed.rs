//! Reading the log once for all rebuilds.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::RebuildError;
use crate::{
    EventFilter, LogError, RecordedEvent,
    subscription::{
        runner::Context,
        session::{Backoff, chain},
    },
};

/// A range of positions and those of its events that somebody takes.
pub(super) struct Chunk {
    /// The last position of the range; it begins after that of the one before.
    pub(super) to: i64,
    /// What it holds, or why it cannot be read.
    pub(super) events: Result<Vec<Arc<RecordedEvent>>, RebuildError>,
}

/// The union of what several subscribers take.
pub(super) struct Types {
    names: BTreeSet<&'static str>,
    is_all: bool,
}

impl Types {
    pub(super) const fn none() -> Self {
        Self { names: BTreeSet::new(), is_all: false }
    }

    pub(super) fn add(&mut self, types: &[&'static str]) {
        self.is_all |= types.is_empty();
        self.names.extend(types);
    }

    /// As the filter wants it: none means all.
    fn filter(&self) -> Vec<String> {
        if self.is_all {
            return Vec::new();
        }
        self.names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// Reads from the first event to where the log ended a moment ago, and hands every chunk to all inlets. The database
/// being away is waited out; an inlet whose receiver has gone is forgotten.
pub(super) async fn run(context: &Context, types: Types, mut inlets: Vec<mpsc::Sender<Arc<Chunk>>>) {
    let event_types = types.filter();
    let window = i64::try_from(context.options.rebuild_batch.max(1)).unwrap_or(i64::MAX);
    let mut backoff = Backoff::new();
    let mut after = 0;
    let mut since = Instant::now();
    while after < context.reader.head().position && !inlets.is_empty() {
        let to = (after + window).min(context.reader.head().position);
        let events = match range(context, after, to, event_types.clone()).await {
            Ok(events) => Ok(events),
            Err(LogError::Database(error)) if since.elapsed() > context.options.outage_patience => {
                Err(RebuildError::Away(chain(&error)))
            }
            Err(LogError::Database(error)) => {
                tracing::warn!(error = %chain(&error), "the log cannot be read; the rebuild waits");
                sleep(backoff.next()).await;
                continue;
            }
            Err(error) => match culprit(context, after, to, &error).await {
                Some((position, error)) => Err(RebuildError::Poison { position, error }),
                None => continue,
            },
        };
        backoff = Backoff::new();
        let is_end = events.is_err();
        let chunk = Arc::new(Chunk { to, events });
        let mut open = Vec::with_capacity(inlets.len());
        for inlet in inlets {
            if inlet.send(Arc::clone(&chunk)).await.is_ok() {
                open.push(inlet);
            }
        }
        inlets = open;
        after = to;
        since = Instant::now();
        if is_end {
            return;
        }
    }
}

/// The events after `after`, up to `to`; of certain types where some are named.
pub(super) async fn range(
    context: &Context,
    after: i64,
    to: i64,
    event_types: Vec<String>,
) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
    let filter = EventFilter {
        after,
        up_to: Some(to),
        event_types,
        ..EventFilter::default()
    };
    let events = context.reader.read(&filter, usize::MAX).await?;
    Ok(events.into_iter().map(Arc::new).collect())
}

/// The first position of a range that cannot be read, by halving.
async fn culprit(context: &Context, after: i64, to: i64, error: &LogError) -> Option<(i64, String)> {
    let (mut low, mut high) = (after, to);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match range(context, low, middle, Vec::new()).await {
            Ok(_) => low = middle,
            Err(LogError::Database(_)) => return None,
            Err(_) => high = middle,
        }
    }
    Some((high, error.to_string()))
}
