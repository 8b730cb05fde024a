//! What happened to one stream between two moments, and what it did to its state.

use std::{collections::BTreeSet, io::Write};

use chrono::{DateTime, Utc};
use event_store::{EventFilter, LogPosition, RecordedEvent};
use serde::Serialize;

use super::{Span, leaves};
use crate::{
    describe::describe,
    failure::{Code, failure},
    kinds::{self, StreamFilter, api_id},
    output::{self, Table, counted, time},
    source::Source,
};

/// The document.
#[derive(Serialize)]
struct Document {
    aggregate_type: String,
    aggregate_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    from: String,
    to: String,
    /// After `from`, up to and including `to`.
    events: Vec<Happened>,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Happened {
    position: i64,
    recorded_at: DateTime<Utc>,
    /// When it happened.
    effective_at: DateTime<Utc>,
    actor: String,
    sequence: i64,
    event_type: String,
    what: String,
}

/// A part of the state; absent on a side where it was not.
#[derive(Serialize)]
struct Change {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

pub(super) async fn run(
    source: &Source,
    stream: StreamFilter,
    span: Span,
    is_json: bool,
) -> anyhow::Result<()> {
    let Some(id) = stream.id else {
        return Err(failure(
            Code::Usage,
            "--stream needs one stream (order/UUID, stock/prd_…), or an id (ord_…)",
        ));
    };
    let filter = EventFilter {
        up_to: Some(span.to),
        aggregate_type: Some(stream.kind.to_owned()),
        aggregate_id: Some(id.clone()),
        ..EventFilter::default()
    };
    let stored = source.read_stored(&filter, usize::MAX).await?;
    if stored.is_empty() {
        let message = format!("there is no stream {}/{id} in the log at that moment", stream.kind);
        return Err(failure(Code::NotFound, message));
    }
    let kind = kinds::find(stream.kind).ok_or_else(|| failure(Code::Failed, "an unknown kind"))?;
    let mut state = (kind.empty)();
    let mut before = leaves::of(&state.show());
    let mut events = Vec::new();
    for event in stored {
        let position = event.position;
        let version = event.event_version.parse().unwrap_or(0);
        state
            .add(&event.event_type, version, &event.payload)
            .map_err(|reason| failure(Code::Damaged, format!("event {position}: {reason}")))?;
        if position <= span.from {
            before = leaves::of(&state.show());
        } else {
            events.push(happened(&RecordedEvent::try_from(event)?)?);
        }
    }
    let after = leaves::of(&state.show());
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let has_changed = |path: &&String| {
        let (before, after) = (before.get(*path), after.get(*path));
        before != after && !(is_nothing(before) && is_nothing(after))
    };
    let changes = paths.into_iter().filter(has_changed).map(|path| Change {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    });
    let at = |position| LogPosition { position, ..source.head() }.to_string();
    let document = Document {
        aggregate_type: stream.kind.to_owned(),
        id: api_id(stream.kind, &id),
        aggregate_id: id,
        from: at(span.from),
        to: at(span.to),
        events,
        changes: changes.collect(),
    };
    if is_json {
        output::document(&document)
    } else {
        tell(&document)
    }
}

/// Where there was nothing and now is an empty list of a part that appeared, nothing changed for a reader.
fn is_nothing(value: Option<&String>) -> bool {
    value.is_none_or(|value| matches!(value.as_str(), "None" | "0" | "false" | "[]" | "{}" | "\"\""))
}

fn happened(event: &RecordedEvent) -> anyhow::Result<Happened> {
    Ok(Happened {
        position: event.position,
        recorded_at: event.recorded_at,
        effective_at: event.effective_at(),
        actor: event.metadata.actor.to_string(),
        sequence: event.sequence,
        event_type: event.event_type.clone(),
        what: describe(event)?,
    })
}

fn tell(document: &Document) -> anyhow::Result<()> {
    let Document { aggregate_type, aggregate_id, id, from, to, events, changes } = document;
    let mut out = output::stdout();
    let name = id.as_ref().unwrap_or(aggregate_id);
    writeln!(
        out,
        "{aggregate_type} {name} after {from}, up to {to}: {}",
        counted(u64::try_from(events.len())?, "event")
    )?;
    if events.is_empty() {
        return Ok(out.flush()?);
    }
    let mut table = Table::new(["position", "recorded", "by", "event", "what"]);
    for event in events {
        table.row([
            event.position.to_string(),
            time(event.recorded_at),
            event.actor.clone(),
            event.event_type.clone(),
            event.what.clone(),
        ]);
    }
    table.write(&mut out)?;
    writeln!(out)?;
    let mut table = Table::new(["state", "before", "after"]);
    for Change { path, before, after } in changes {
        let shown = |value: &Option<String>| value.clone().unwrap_or_default();
        table.row([path.clone(), shown(before), shown(after)]);
    }
    table.write(&mut out)?;
    Ok(out.flush()?)
}
