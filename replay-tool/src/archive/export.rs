//! `export`: the whole log and its claims, as of one moment.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use event_store::{LogReader, StoredEvent};
use serde_json::value::RawValue;
use sqlx::{Connection, FromRow, PgConnection};

use super::{Claim, Event, Head, Line, Seal, VERSION};
use crate::output;

const PAGE: i64 = 2_000;

const EVENTS: &str = "
    select position, aggregate_type, aggregate_id, sequence, event_type, event_version,
           payload::text, metadata::text, recorded_at
      from events where position > $1 order by position limit $2";

/// Writes to `file`, or to standard output where it is `-`. A file appears under its name only when it is complete.
pub(crate) async fn run(reader: &LogReader, file: &Path) -> anyhow::Result<()> {
    let mut connection = reader.pool().acquire().await?;
    if file == Path::new("-") {
        return write(&mut connection, output::stdout()).await;
    }
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    let open =
        || File::create(unfinished).with_context(|| format!("{} cannot be written", unfinished.display()));
    let to = open()?;
    write(&mut connection, BufWriter::new(to.try_clone()?)).await?;
    to.sync_all()?;
    Ok(std::fs::rename(unfinished, file)?)
}

async fn write(connection: &mut PgConnection, to: impl Write) -> anyhow::Result<()> {
    let mut lines = Lines { to, seal: Seal::default() };
    // One snapshot for all of it: what is appended meanwhile stays out.
    let mut snapshot = connection.begin_with("begin isolation level repeatable read read only").await?;
    let (epoch, position): (i32, i64) = sqlx::query_as(
        "select (select epoch from log_epoch), coalesce((select max(position) from events), 0)",
    )
    .fetch_one(&mut *snapshot)
    .await?;
    lines.write(&Line::Log(Head { version: VERSION, epoch, position }))?;
    let progress = output::progress("exporting", u64::try_from(position)?);
    let mut after = 0;
    loop {
        let rows = sqlx::query(EVENTS).bind(after).bind(PAGE).fetch_all(&mut *snapshot).await?;
        for row in &rows {
            let event = event(StoredEvent::from_row(row)?)?;
            after = event.position;
            lines.write(&Line::Event(Box::new(event)))?;
        }
        progress.set_position(u64::try_from(after)?);
        if rows.is_empty() {
            break;
        }
    }
    progress.finish_and_clear();
    write_claims(&mut snapshot, &mut lines).await?;
    lines.finish()
}

async fn write_claims(snapshot: &mut PgConnection, lines: &mut Lines<impl Write>) -> anyhow::Result<()> {
    let mut after = (String::new(), String::new());
    loop {
        let claims: Vec<(String, String, String, i64)> = sqlx::query_as(
            "select scope, key, holder, position from claims
              where (key, scope) > ($1, $2) order by key, scope limit $3",
        )
        .bind(&after.0)
        .bind(&after.1)
        .bind(PAGE)
        .fetch_all(&mut *snapshot)
        .await?;
        let Some((scope, key, ..)) = claims.last() else {
            return Ok(());
        };
        after = (key.clone(), scope.clone());
        for (scope, key, holder, position) in claims {
            lines.write(&Line::Claim(Claim { scope, key, holder, position }))?;
        }
    }
}

fn event(stored: StoredEvent) -> anyhow::Result<Event> {
    let position = stored.position;
    let raw = |text: String| -> anyhow::Result<Box<RawValue>> {
        // Souk writes JSON without line breaks; a row that has one was not written by it.
        anyhow::ensure!(!text.contains(['\n', '\r']), "the event at {position} has a line break in its JSON");
        RawValue::from_string(text).with_context(|| format!("the event at {position} is no JSON"))
    };
    Ok(Event {
        position,
        recorded_at: stored.recorded_at,
        aggregate_type: stored.aggregate_type,
        aggregate_id: stored.aggregate_id,
        sequence: stored.sequence,
        event_type: stored.event_type,
        event_version: stored.event_version,
        payload: raw(stored.payload)?,
        metadata: raw(stored.metadata)?,
    })
}

struct Lines<W> {
    to: W,
    seal: Seal,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.seal.add(line, &text);
        Ok(self.to.write_all(&text)?)
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(&Line::End(self.seal.end()))?;
        text.push(b'\n');
        self.to.write_all(&text)?;
        Ok(self.to.flush()?)
    }
}
