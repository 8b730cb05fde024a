//! `events`: the log as NDJSON, page by page, so that a log of any length needs no memory.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use event_store::{EventFilter, StoredEvent};
use serde::Serialize;
use serde_json::value::{RawValue, Value};

use crate::{
    cli::Events,
    failure::{Code, failure},
    kinds::{KINDS, api_id},
    output,
    source::Source,
};

const PAGE: usize = 1_000;

/// One line. Payload and metadata are the texts as they were written.
#[derive(Serialize)]
struct Line<'a> {
    position: i64,
    epoch: u32,
    recorded_at: DateTime<Utc>,
    aggregate_type: &'a str,
    aggregate_id: &'a str,
    /// The id in the API's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    sequence: i64,
    event_type: &'a str,
    event_version: Value,
    payload: &'a RawValue,
    metadata: &'a RawValue,
}

pub(crate) async fn run(source: &Source, wanted: Events) -> anyhow::Result<()> {
    check_types(&wanted.types)?;
    let head = source.head();
    let mut left = wanted.limit.unwrap_or(u64::MAX);
    let mut filter = filter(wanted, head.position);
    let mut out = output::stdout();
    while left > 0 {
        let limit = PAGE.min(usize::try_from(left).unwrap_or(usize::MAX));
        let page = source.read_stored(&filter, limit).await?;
        let Some(last) = page.last() else { break };
        filter.after = last.position;
        for event in &page {
            write(&mut out, event, head.epoch)?;
        }
        out.flush()?;
        left = left.saturating_sub(u64::try_from(page.len())?);
        if page.len() < limit {
            break;
        }
    }
    Ok(())
}

/// A name that is misspelt would find nothing, and look like an answer.
fn check_types(types: &[String]) -> anyhow::Result<()> {
    let is_known =
        |name: &str| KINDS.iter().any(|kind| kind.catalogue.iter().any(|(known, _)| *known == name));
    match types.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            Err(failure(Code::NotFound, format!("there is no event {name}; docs/events.md lists them")))
        }
    }
}

/// What is appended while we read is left for the next time, so that this comes to an end.
fn filter(wanted: Events, head: i64) -> EventFilter {
    let (aggregate_type, aggregate_id) = match wanted.stream {
        Some(stream) => (Some(stream.kind.to_owned()), stream.id),
        None => (None, None),
    };
    EventFilter {
        after: wanted.after,
        up_to: Some(wanted.up_to.map_or(head, |up_to| up_to.min(head))),
        aggregate_type,
        aggregate_id,
        event_types: wanted.types,
        actor: wanted.actor,
        from: wanted.from,
        to: wanted.to,
    }
}

fn write(out: &mut impl Write, event: &StoredEvent, epoch: u32) -> anyhow::Result<()> {
    let line = Line {
        position: event.position,
        epoch,
        recorded_at: event.recorded_at,
        aggregate_type: &event.aggregate_type,
        aggregate_id: &event.aggregate_id,
        id: api_id(&event.aggregate_type, &event.aggregate_id),
        sequence: event.sequence,
        event_type: &event.event_type,
        event_version: event
            .event_version
            .parse::<u16>()
            .map_or_else(|_| event.event_version.as_str().into(), Value::from),
        payload: serde_json::from_str(&event.payload)?,
        metadata: serde_json::from_str(&event.metadata)?,
    };
    // As an error of input and output, so that a reader who has seen enough is recognized.
    serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
