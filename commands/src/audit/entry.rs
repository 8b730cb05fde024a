//! One entry.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use domain::ids::AccountId;
use event_store::{Actor, ActorKind};
use uuid::Uuid;

use crate::identity::Device;

/// Somebody asked for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The request; the events that it caused have it as their correlation id.
    pub request: Uuid,
    /// Who.
    pub actor: Actor,
    /// The address that somebody tried to sign in with: its keyed hash.
    pub email: Option<[u8; 32]>,
    /// The method of the request.
    pub method: &'static str,
    /// The pattern of its path; `None` where no route was reached.
    pub route: Option<Arc<str>>,
    /// The ids in its path.
    pub target: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub code: Option<Cow<'static, str>>,
    /// The position that the log had reached with it.
    pub position: Option<i64>,
    /// From where.
    pub device: Device,
}

impl AuditEntry {
    /// Whose personal data the device is; `None`: a stranger's, or a program's.
    pub(super) const fn person(&self) -> Option<AccountId> {
        match (self.actor.kind, self.actor.id) {
            (ActorKind::Account, Some(id)) => Some(AccountId::from_uuid(id)),
            _ => None,
        }
    }
}
