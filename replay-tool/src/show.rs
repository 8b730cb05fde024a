//! `show`: what one thing was at a moment, part by part, folded from its events.

use std::{collections::BTreeMap, io::Write};

use chrono::{DateTime, Utc};
use domain::{catalog::Product, decider::Decider, inventory::Stock, orders::Order};
use event_store::{AsOf, EventFilter, LogPosition, RecordedEvent, StoredEvent};
use serde::Serialize;

use crate::{
    cli::{self, By},
    diff::leaves,
    failure::{Code, failure},
    kinds::{self, StreamFilter, api_id},
    moment::{self, Moment},
    order,
    output::{self, Table, time},
    source::Source,
    stock,
};

/// The document.
#[derive(Serialize)]
struct Document {
    aggregate_type: &'static str,
    aggregate_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Up to where the log was looked at, or the time by which things had happened.
    as_of: String,
    by: &'static str,
    /// The sequence of the newest event that counts.
    version: i64,
    /// How many events count.
    events: usize,
    /// When the newest of them was recorded, and when it happened.
    recorded_at: DateTime<Utc>,
    effective_at: DateTime<Utc>,
    /// By path, named as in the code.
    state: BTreeMap<String, String>,
}

pub(crate) async fn run(source: &Source, wanted: cli::Show, is_json: bool) -> anyhow::Result<()> {
    let id = stream_id(source, &wanted.stream).await?;
    let (last, as_of) = reach(source, wanted.as_of, wanted.by).await?;
    let filter = EventFilter {
        up_to: Some(last),
        aggregate_type: Some(wanted.stream.kind.to_owned()),
        aggregate_id: Some(id.clone()),
        ..EventFilter::default()
    };
    let stored = source.read_stored(&filter, usize::MAX).await?;
    let mut counted: Vec<(StoredEvent, RecordedEvent)> = Vec::with_capacity(stored.len());
    for event in stored {
        let recorded = RecordedEvent::try_from(event.clone())?;
        let happened = match as_of {
            Reach::Position(_) => true,
            Reach::Time(time) => recorded.effective_at() <= time,
        };
        if happened {
            counted.push((event, recorded));
        }
    }
    let Some((_, newest)) = counted.last() else {
        return Err(absent(source, filter).await?);
    };
    let kind = kinds::find(wanted.stream.kind).ok_or_else(|| failure(Code::Failed, "an unknown kind"))?;
    let mut state = (kind.empty)();
    for (event, recorded) in &counted {
        let added = state.add(&event.event_type, recorded.event_version, &event.payload);
        added.map_err(|reason| failure(Code::Damaged, format!("event {}: {reason}", event.position)))?;
    }
    let document = Document {
        aggregate_type: wanted.stream.kind,
        id: api_id(wanted.stream.kind, &id),
        aggregate_id: id,
        as_of: as_of.text(),
        by: match wanted.by {
            By::RecordedAt => "recorded_at",
            By::EffectiveAt => "effective_at",
        },
        version: newest.sequence,
        events: counted.len(),
        recorded_at: newest.recorded_at,
        effective_at: newest.effective_at(),
        state: leaves::of(&state.show()),
    };
    if is_json {
        output::document(&document)
    } else {
        tell(&document)
    }
}

/// Up to where facts count.
enum Reach {
    Position(LogPosition),
    /// Those that had happened by then.
    Time(DateTime<Utc>),
}

impl Reach {
    fn text(&self) -> String {
        match self {
            Self::Position(position) => position.to_string(),
            Self::Time(at) => time(*at),
        }
    }
}

/// Up to which position the log is read, and what of it counts.
async fn reach(source: &Source, as_of: Option<Moment>, by: By) -> anyhow::Result<(i64, Reach)> {
    let head = source.head();
    match (by, as_of) {
        (By::EffectiveAt, Some(Moment::Time(time))) => {
            let last = source.position_as_of(AsOf::Now).await?;
            Ok((last, Reach::Time(time)))
        }
        (By::EffectiveAt, _) => Err(failure(
            Code::Usage,
            "--by effective_at needs a time: a position says when something was recorded",
        )),
        (By::RecordedAt, as_of) => {
            let position = moment::resolve(as_of, source).await?;
            Ok((position, Reach::Position(LogPosition { position, ..head })))
        }
    }
}

/// The stream's id, by whatever it was named.
async fn stream_id(source: &Source, stream: &StreamFilter) -> anyhow::Result<String> {
    let Some(id) = &stream.id else {
        return Err(failure(Code::Usage, "name one thing: order/UUID, stock/SKU, or an id such as ord_…"));
    };
    match stream.kind {
        Product::KIND | Stock::KIND => Ok(stock::find(source, id).await?.stream()),
        Order::KIND => Ok(order::find(source, id).await?.stream()),
        _ => Ok(id.clone()),
    }
}

/// There is no such thing, or there was not yet.
async fn absent(source: &Source, filter: EventFilter) -> anyhow::Result<anyhow::Error> {
    let (kind, id) =
        (filter.aggregate_type.clone().unwrap_or_default(), filter.aggregate_id.clone().unwrap_or_default());
    let name = api_id(&kind, &id).unwrap_or(id);
    let first = source.read(&EventFilter { up_to: None, ..filter }, 1).await?;
    let message = match first.first() {
        None => format!("there is no {kind} {name} in the log"),
        Some(first) => format!(
            "there was no {kind} {name} yet: it begins at position {}, recorded {}, happened {}",
            first.position,
            time(first.recorded_at),
            time(first.effective_at())
        ),
    };
    Ok(failure(Code::NotFound, message))
}

fn tell(document: &Document) -> anyhow::Result<()> {
    let mut out = output::stdout();
    let name = document.id.as_ref().unwrap_or(&document.aggregate_id);
    writeln!(
        out,
        "{} {name} at {}, version {}: recorded {}, happened {}",
        document.aggregate_type,
        document.as_of,
        document.version,
        time(document.recorded_at),
        time(document.effective_at)
    )?;
    let mut table = Table::new(["state", "value"]);
    for (path, value) in &document.state {
        table.row([path.clone(), value.clone()]);
    }
    table.write(&mut out)?;
    Ok(out.flush()?)
}
