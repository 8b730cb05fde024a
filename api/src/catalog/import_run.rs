//! Importing products from a file of any length. One window of rows is held at a time; the report is kept in a file without
//! a name until the body has ended, so that a client that writes before it reads is not waited for by one who waits for
//! it. A line of progress goes out now and then, so that nobody takes the connection for dead.

use std::{collections::HashSet, io, io::SeekFrom};

use actix_web::http::StatusCode;
use bytes::Bytes;
use commands::{
    Call,
    catalog::{ImportAccepted, ImportOutcome},
};
use event_store::{Actor, Executed, LogPosition};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter},
    sync::OwnedSemaphorePermit,
};

use super::{
    import_request::{Columns, ImportRowRequest},
    import_rows::{MAX_ROW_BYTES, Piece, Rows, cells},
};
use crate::{
    http::{
        Problem,
        auth::Signed,
        body,
        idempotency::{Attempt, OptionalKey},
    },
    souk::Shared,
};

/// Rows under way at once: as many as share an append well.
const WINDOW: usize = 64;

/// After so many rows a line of progress goes out.
const PROGRESS_ROWS: u64 = 1_000;

/// Without the byte order mark that some programs begin a file with.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

pub(super) fn detail_of(code: &str) -> String {
    match code {
        "row-too-long" => format!("a row may have at most {MAX_ROW_BYTES} bytes"),
        "unterminated-quote" => "a quoted field never ends".to_owned(),
        "invalid-utf8" => "is not UTF-8".to_owned(),
        "malformed-csv" => "is no line of CSV".to_owned(),
        "body-too-slow" => "nothing came for too long".to_owned(),
        _ => "the body could not be read to its end".to_owned(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Telling,
    Done,
}

/// What the rows came to.
#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    created: u64,
    revised: u64,
    unchanged: u64,
    refused: u64,
    /// Why it ended before its end.
    stopped: Option<String>,
    position: Option<LogPosition>,
}

/// A row, or why it is none.
type Read = Result<ImportRowRequest, Problem>;

/// An import under way.
pub(super) struct Import {
    souk: Shared,
    call: Call,
    actor: Actor,
    key: OptionalKey,
    dry_run: bool,
    rows: Rows,
    columns: Option<Columns>,
    /// Of the row that was read last, from 1; the first line of a CSV is one.
    number: u64,
    /// A row whose product is in the window already.
    held: Option<(u64, Read)>,
    phase: Phase,
    report: BufWriter<File>,
    tally: Tally,
    #[expect(dead_code, reason = "they work by being dropped")]
    guards: (Attempt, OwnedSemaphorePermit),
}

impl Import {
    /// Begins to work on rows; a CSV comes with its columns.
    ///
    /// # Errors
    /// When there is no room for the report.
    pub(super) fn begin(
        souk: Shared,
        signed: &Signed,
        (key, attempt, permit): (OptionalKey, Attempt, OwnedSemaphorePermit),
        dry_run: bool,
        (rows, columns): (Rows, Option<Columns>),
    ) -> Result<Self, Problem> {
        let file = tempfile::tempfile().map_err(|error| Problem::internal(&error))?;
        Ok(Self {
            call: signed.call(),
            actor: signed.actor(),
            souk,
            key,
            dry_run,
            rows,
            number: u64::from(columns.is_some()),
            columns,
            held: None,
            phase: Phase::Reading,
            report: BufWriter::new(File::from_std(file)),
            tally: Tally::default(),
            guards: (attempt, permit),
        })
    }

    /// The next part of the answer.
    pub(super) async fn step(mut self) -> io::Result<Option<(Bytes, Self)>> {
        match self.phase {
            Phase::Reading => {
                let goal = self.tally.rows.saturating_add(PROGRESS_ROWS);
                while self.tally.rows < goal && self.phase == Phase::Reading {
                    self.window().await?;
                }
                if self.phase == Phase::Telling {
                    self.report.flush().await?;
                    self.report.get_mut().seek(SeekFrom::Start(0)).await?;
                }
                let line = line(&json!({"progress": {"rows": self.tally.rows}}))?;
                Ok(Some((line, self)))
            }
            Phase::Telling => {
                let mut bytes = vec![0; 65_536];
                let read = self.report.get_mut().read(&mut bytes).await?;
                bytes.truncate(read);
                if read == 0 {
                    self.phase = Phase::Done;
                    bytes = line(&self.summary())?.to_vec();
                }
                Ok(Some((Bytes::from(bytes), self)))
            }
            Phase::Done => Ok(None),
        }
    }

    fn summary(&self) -> Value {
        let Tally {
            rows,
            created,
            revised,
            unchanged,
            refused,
            stopped,
            position,
        } = &self.tally;
        json!({"summary": {
            "rows": rows, "created": created, "revised": revised, "unchanged": unchanged, "refused": refused,
            "dry_run": self.dry_run, "complete": stopped.is_none(), "stopped_by": stopped,
            "event_position": position.as_ref().map(ToString::to_string),
        }})
    }

    /// Reads rows of different products, works on all of them at once, and writes down what became of each.
    async fn window(&mut self) -> io::Result<()> {
        let mut window: Vec<(u64, Read)> = Vec::with_capacity(WINDOW);
        let mut products: HashSet<(bool, String)> = HashSet::new();
        while window.len() < WINDOW {
            let next = match self.held.take() {
                Some(held) => Some(held),
                None => self.read().await,
            };
            let Some((number, row)) = next else {
                self.phase = Phase::Telling;
                break;
            };
            let names: Vec<_> = row.iter().flat_map(names).collect();
            if names.iter().any(|name| products.contains(name)) {
                self.held = Some((number, row));
                break;
            }
            products.extend(names);
            window.push((number, row));
        }
        let worked = window.into_iter().map(|(number, row)| {
            let this = &*self;
            async move {
                let name = row.as_ref().ok().and_then(|row| row.key().map(str::to_owned));
                (number, name, this.work(row).await)
            }
        });
        let worked: Vec<_> = stream::iter(worked.collect::<Vec<_>>()).buffered(WINDOW).collect().await;
        for (number, name, outcome) in worked {
            let told = self.told(number, name, outcome);
            let told = line(&told)?;
            self.report.write_all(&told).await?;
        }
        if self.tally.stopped.is_some() {
            self.phase = Phase::Telling;
        }
        Ok(())
    }

    async fn work(&self, row: Read) -> Result<Executed<ImportAccepted>, Problem> {
        let row = row?;
        let idempotency = match row.key() {
            Some(name) if !self.dry_run => self.souk.repeats.row(&self.key, self.actor, name, &row)?,
            Some(_) | None => None,
        };
        let call = Call { idempotency, ..self.call.clone() };
        Ok(self.souk.catalog.import_product(&call, row.parse()?, self.dry_run).await?)
    }

    /// What became of a row.
    fn told(
        &mut self,
        number: u64,
        name: Option<String>,
        outcome: Result<Executed<ImportAccepted>, Problem>,
    ) -> Value {
        let tally = &mut self.tally;
        tally.rows = tally.rows.saturating_add(1);
        match outcome {
            Ok(executed) => {
                let accepted = executed.result;
                tally.position = tally.position.max(Some(executed.position));
                let count = match accepted.outcome {
                    ImportOutcome::Created => &mut tally.created,
                    ImportOutcome::Revised => &mut tally.revised,
                    ImportOutcome::Unchanged => &mut tally.unchanged,
                };
                *count = count.saturating_add(1);
                // What was only tried has no product yet.
                let is_there = !self.dry_run || accepted.outcome != ImportOutcome::Created;
                json!({
                    "row": number, "key": name, "outcome": accepted.outcome, "replayed": executed.replayed,
                    "id": is_there.then(|| accepted.product.to_string()),
                    "version": is_there.then_some(accepted.version),
                })
            }
            Err(problem) => {
                tally.refused = tally.refused.saturating_add(1);
                // It is not the row's fault: the next one would end like this, too.
                if problem.status().is_server_error() {
                    tally.stopped = Some(problem.code().to_owned());
                }
                json!({
                    "row": number, "key": name, "outcome": "refused", "status": problem.status().as_u16(),
                    "code": problem.code(), "errors": problem.errors(),
                })
            }
        }
    }

    /// The next row; `None` at the end.
    async fn read(&mut self) -> Option<(u64, Read)> {
        loop {
            if self.tally.stopped.is_some() {
                return None;
            }
            let piece = self.rows.next().await;
            let refused = |code: &'static str| {
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail_of(code)))
            };
            let row = match piece {
                Piece::End => return None,
                Piece::Broken(code) => {
                    self.tally.stopped = Some(code.to_owned());
                    return None;
                }
                Piece::TooLong => refused("row-too-long"),
                Piece::Endless | Piece::Open => {
                    self.tally.stopped = Some("unterminated-quote".to_owned());
                    refused("unterminated-quote")
                }
                Piece::Row(bytes) => {
                    let bytes = if self.number == 0 {
                        without_mark(&bytes)
                    } else {
                        &bytes
                    };
                    if bytes.trim_ascii().is_empty() {
                        self.number = self.number.saturating_add(1);
                        continue;
                    }
                    match &self.columns {
                        Some(columns) => match cells(bytes) {
                            Ok(cells) => columns.row(cells),
                            Err(code) => refused(code),
                        },
                        None if std::str::from_utf8(bytes).is_err() => refused("invalid-utf8"),
                        None => body::parse(bytes),
                    }
                }
            };
            self.number = self.number.saturating_add(1);
            return Some((self.number, row));
        }
    }
}

/// What names a row's product, in either way.
fn names(row: &ImportRowRequest) -> Vec<(bool, String)> {
    let sku = row.sku.iter().map(|sku| (true, sku.trim().to_owned()));
    sku.chain(row.external_id.iter().map(|id| (false, id.trim().to_owned()))).collect()
}

fn line(value: &Value) -> io::Result<Bytes> {
    let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
    line.push(b'\n');
    Ok(Bytes::from(line))
}
