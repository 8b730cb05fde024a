//! What the suite asks for, what it is answered, and the journal of both.

mod client;
mod gauge;
mod journal;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use client::{Load, LoadOptions};
pub(crate) use gauge::Gauge;
pub(crate) use journal::{History, Journal, Known};

/// One command of the workload. Its id is its idempotency key, and the reason that its event carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Command {
    /// Order units of products.
    Place { lines: Vec<(Uuid, u32)> },
    /// Correct the stock.
    Adjust {
        product: Uuid,
        warehouse: Uuid,
        delta: i64,
    },
    /// Call off an order of the same client; nobody else does.
    Cancel { order: Uuid },
}

/// How one attempt of a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Done; the log says so at `position` (of epoch `epoch`).
    Accepted {
        order: Option<Uuid>,
        epoch: u32,
        position: i64,
        replayed: bool,
    },
    /// The answer is no.
    Refused { code: String },
    /// Certainly nothing happened: try again (busy, unavailable).
    NotDone { code: String },
    /// Nobody knows: connection lost, no answer in time, or an answer that says so.
    Unknown { why: String },
    /// An answer that should never be given.
    Wrong { what: String },
}

impl Outcome {
    /// Whether the client need not repeat.
    pub(crate) const fn is_certain(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::Refused { .. } | Self::Wrong { .. })
    }
}

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// Written before the first attempt.
    Wanted { id: Uuid, command: Command },
    /// An attempt ended; written before the client goes on. `after` attempts of the command had ended when this one
    /// began, so that overlapping ones can be told from later ones.
    Answered {
        id: Uuid,
        attempt: u32,
        after: u32,
        node: usize,
        #[serde(flatten)]
        outcome: Outcome,
    },
}
