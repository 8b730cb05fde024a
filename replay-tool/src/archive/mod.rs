//! A log in a file: one JSON object a line, closed by a line with its digest, so that a part of it is never taken for
//! the whole. `docs/replay.md` describes the format.

mod evidence;
pub(crate) mod export;
pub(crate) mod import;
mod open;
mod sealed;

pub(crate) use open::Archive;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The format's version, and the oldest that is still read: in version 1 there was no evidence.
const VERSION: u32 = 2;
const OLDEST_VERSION: u32 = 1;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The first.
    Log(Head),
    /// In the order of the log.
    Event(Box<Event>),
    /// What is claimed, after the events.
    Claim(Claim),
    /// Hashes of events as they were sealed, after the claims.
    Leaves(Leaves),
    /// A key that signs tree heads.
    Key(Key),
    /// A signed tree head.
    Head(SignedHead),
    /// The last.
    End(End),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Head {
    version: u32,
    /// The epoch of the log that was exported.
    epoch: i32,
    /// Its last position.
    position: i64,
}

/// Payload and metadata are the texts as they were written.
#[derive(Debug, Serialize, Deserialize)]
struct Event {
    position: i64,
    recorded_at: DateTime<Utc>,
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: Box<RawValue>,
    metadata: Box<RawValue>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    scope: String,
    key: String,
    holder: String,
    position: i64,
}

/// Leaves of the Merkle tree, one after the other.
#[derive(Debug, Serialize, Deserialize)]
struct Leaves {
    /// The position of the first one's event.
    first: i64,
    /// 32 bytes each, in base64.
    hashes: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) after_size: i64,
    pub(crate) note: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignedHead {
    pub(crate) size: i64,
    pub(crate) note: String,
}

/// What must have come before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    events: i64,
    claims: i64,
    /// SHA-256 of every byte before this line, in hexadecimal digits.
    sha256: String,
}

/// Counts what goes through a file, and digests it.
#[derive(Default)]
struct Seal {
    digest: Sha256,
    events: i64,
    claims: i64,
}

impl Seal {
    fn add(&mut self, line: &Line, text: &[u8]) {
        self.digest.update(text);
        match line {
            Line::Event(_) => self.events += 1,
            Line::Claim(_) => self.claims += 1,
            Line::Log(_) | Line::Leaves(_) | Line::Key(_) | Line::Head(_) | Line::End(_) => {}
        }
    }

    fn end(self) -> End {
        let sha256 = self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        End { events: self.events, claims: self.claims, sha256 }
    }
}
