//! What surrounds a command: who, why, when it happened, and under which key it may be repeated.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Actor, ids};

/// The key under which a repeat of a command gets the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// The command's id, or a hash of actor, route and `Idempotency-Key`; unique in the table `commands`.
    pub key: Uuid,
    /// Keyed hash of the request, so that another request under the same key is refused. Holds no content.
    pub fingerprint: [u8; 32],
}

/// Travels with a command into the metadata of every event that it causes.
#[derive(Debug, Clone, Copy)]
pub struct CommandContext {
    /// This command.
    pub command_id: Uuid,
    /// The request or the process that it belongs to.
    pub correlation_id: Uuid,
    /// The event that caused it, when a reactor sends it.
    pub causation_id: Option<Uuid>,
    /// Who sends it.
    pub actor: Actor,
    /// When the fact happened, where that is earlier than its recording.
    pub effective_at: Option<DateTime<Utc>>,
    /// The key for repeats.
    pub idempotency: Option<Idempotency>,
}

impl CommandContext {
    /// A command of `actor` with new ids, effective when recorded, not repeatable.
    #[must_use]
    pub fn new(actor: Actor) -> Self {
        let command_id = ids::uuid();
        Self {
            command_id,
            correlation_id: command_id,
            causation_id: None,
            actor,
            effective_at: None,
            idempotency: None,
        }
    }

    /// Belongs to the request `id`.
    #[must_use]
    pub const fn correlated(mut self, id: Uuid) -> Self {
        self.correlation_id = id;
        self
    }

    /// Happened at `time`.
    #[must_use]
    pub const fn effective_at(mut self, time: DateTime<Utc>) -> Self {
        self.effective_at = Some(time);
        self
    }

    /// May be repeated under `idempotency`.
    #[must_use]
    pub const fn idempotent(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = Some(idempotency);
        self
    }
}
