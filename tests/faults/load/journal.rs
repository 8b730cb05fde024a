//! The outside record: every line is on disk before the client that it belongs to goes on.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    sync::mpsc,
    thread,
};

use anyhow::{Context, Result};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Command, Entry, Outcome};

/// The number of an attempt that repeats a command after its answer.
pub(crate) const AFTERWARDS: u32 = u32::MAX;

struct Line {
    text: String,
    written: oneshot::Sender<()>,
}

/// Appends lines; those of clients that wait at the same time share one `fdatasync`.
#[derive(Clone)]
pub(crate) struct Journal {
    lines: mpsc::Sender<Line>,
}

impl Journal {
    /// Creates the file.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let mut file = File::create(path).with_context(|| format!("creating {}", path.display()))?;
        let (lines, waiting) = mpsc::channel::<Line>();
        thread::Builder::new().name("journal".to_owned()).spawn(move || {
            while let Ok(first) = waiting.recv() {
                let batch: Vec<Line> = std::iter::once(first).chain(waiting.try_iter()).collect();
                let text: String = batch.iter().map(|line| line.text.as_str()).collect();
                // Without an answer the clients stop, and the run fails.
                if file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).is_err() {
                    return;
                }
                for line in batch {
                    let _ = line.written.send(());
                }
            }
        })?;
        Ok(Self { lines })
    }

    /// Appends `entry` and waits until it is on disk.
    pub(crate) async fn append(&self, entry: &Entry) -> Result<()> {
        let (written, is_written) = oneshot::channel();
        let text = format!("{}\n", serde_json::to_string(entry)?);
        self.lines.send(Line { text, written }).context("the journal cannot be written")?;
        is_written.await.context("the journal cannot be written")
    }
}

/// One attempt that ended.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    pub(crate) after: u32,
    pub(crate) outcome: Outcome,
}

/// All that clients were told about one command.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) command: Command,
    /// In the order in which they ended.
    pub(crate) attempts: Vec<Attempt>,
}

impl Known {
    /// The order and position of the first acknowledgement.
    pub(crate) fn accepted(&self) -> Option<(Option<Uuid>, i64)> {
        self.attempts.iter().find_map(|attempt| match attempt.outcome {
            Outcome::Accepted { order, position, .. } => Some((order, position)),
            _ => None,
        })
    }

    /// Refused for good: no attempt was acknowledged.
    pub(crate) fn is_refused(&self) -> bool {
        self.accepted().is_none()
            && self.attempts.iter().any(|a| matches!(a.outcome, Outcome::Refused { .. }))
    }

    /// Whether some attempt left it open what had happened: lost, or so slow that the client asked again meanwhile.
    pub(crate) fn was_unknown(&self) -> bool {
        self.attempts.iter().filter(|attempt| attempt.number != AFTERWARDS).any(|attempt| {
            matches!(attempt.outcome, Outcome::Unknown { .. }) || attempt.after < attempt.number
        })
    }
}

/// The journal read back: what was acknowledged, refused, or never became certain.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) commands: HashMap<Uuid, Known>,
}

impl History {
    /// Reads a journal.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut history = Self::default();
        for line in BufReader::new(file).lines() {
            history.add(serde_json::from_str(&line?)?);
        }
        Ok(history)
    }

    /// Adds one entry.
    pub(crate) fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Wanted { id, command } => {
                self.commands.insert(id, Known { command, attempts: Vec::new() });
            }
            Entry::Answered { id, attempt, after, outcome, .. } => {
                if let Some(known) = self.commands.get_mut(&id) {
                    known.attempts.push(Attempt { number: attempt, after, outcome });
                }
            }
        }
    }
}
