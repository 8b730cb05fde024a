//! `export`: the whole log and its claims, as of one moment.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use event_store::{LogPosition, StoredEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::{Connection, FromRow, PgConnection};

use super::{Claim, End, Event, Head, Line, Seal, VERSION, evidence};
use crate::{
    failure::{Code, failure},
    output,
    source::Source,
};

const PAGE: i64 = 2_000;

const EVENTS: &str = "
    select position, aggregate_type, aggregate_id, sequence, event_type, event_version,
           payload::text, metadata::text, recorded_at
      from events where position > $1 order by position limit $2";

/// The document, and what is said.
#[derive(Serialize)]
struct Exported {
    file: String,
    /// The last position of the log that was exported.
    position: String,
    #[serde(flatten)]
    end: End,
}

/// Writes to `file`, or to standard output where it is `-`. A file appears under its name only when it is complete and
/// on the disk; one that broke leaves nothing.
pub(crate) async fn run(source: &Source, file: &Path, is_json: bool) -> anyhow::Result<()> {
    let Source::Database(reader) = source else {
        return Err(failure(Code::Usage, "this is an exported log already: copy the file"));
    };
    let is_stdout = file == Path::new("-");
    if is_stdout && is_json {
        return Err(failure(Code::Usage, "--json needs a file: on standard output there is the log itself"));
    }
    let mut connection = reader.pool().acquire().await?;
    if is_stdout {
        return write(&mut connection, output::stdout()).await.map(drop);
    }
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    let written = write_file(&mut connection, unfinished).await.and_then(|written| {
        std::fs::rename(unfinished, file).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(written)
    });
    let (head, end) = match written {
        Ok(written) => written,
        Err(error) => {
            drop(std::fs::remove_file(unfinished));
            return Err(error);
        }
    };
    sync_folder(file);
    let position = LogPosition { epoch: u32::try_from(head.epoch)?, position: head.position };
    let exported = Exported {
        file: file.display().to_string(),
        position: position.to_string(),
        end,
    };
    if is_json {
        return output::document(&exported);
    }
    let Exported { file, position, end: End { events, claims, sha256 } } = exported;
    output::say(&format!(
        "{file}: {events} events and {claims} claims up to position {position}, SHA-256 {sha256}\n"
    ));
    Ok(())
}

async fn write_file(connection: &mut PgConnection, file: &Path) -> anyhow::Result<(Head, End)> {
    let to = File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
    let written = write(connection, BufWriter::new(to.try_clone()?)).await?;
    to.sync_all()?;
    Ok(written)
}

/// So that the name is on the disk like the content. Not every file system can do that.
fn sync_folder(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}

async fn write(connection: &mut PgConnection, to: impl Write) -> anyhow::Result<(Head, End)> {
    let mut lines = Lines { to, seal: Seal::default() };
    // One snapshot for all of it: what is appended meanwhile stays out.
    let mut snapshot = connection.begin_with("begin isolation level repeatable read read only").await?;
    let (epoch, position): (i32, i64) = sqlx::query_as(
        "select (select epoch from log_epoch), coalesce((select max(position) from events), 0)",
    )
    .fetch_one(&mut *snapshot)
    .await?;
    let head = Head { version: VERSION, epoch, position };
    lines.write(&Line::Log(head))?;
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
    evidence::write(&mut snapshot, &mut lines).await?;
    Ok((head, lines.finish()?))
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
        if text.contains(['\n', '\r']) {
            return Err(failure(
                Code::Damaged,
                format!("the event at {position} has a line break in its JSON"),
            ));
        }
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

pub(super) struct Lines<W> {
    to: W,
    seal: Seal,
}

impl<W: Write> Lines<W> {
    pub(super) fn write(&mut self, line: &Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.seal.add(line, &text);
        Ok(self.to.write_all(&text)?)
    }

    fn finish(mut self) -> anyhow::Result<End> {
        let end = self.seal.end();
        let mut text = serde_json::to_vec(&Line::End(end.clone()))?;
        text.push(b'\n');
        self.to.write_all(&text)?;
        self.to.flush()?;
        Ok(end)
    }
}
