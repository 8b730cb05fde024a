//! Who caused an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A signed-in account.
    Account,
    /// Souk itself: a reactor, a timer, a migration.
    System,
    /// Nobody signed in.
    Anonymous,
}

/// Who caused an event: an id, never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// The account; absent for the system and for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

impl Actor {
    /// Souk itself.
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: None };
    /// Nobody signed in.
    pub const ANONYMOUS: Self = Self { kind: ActorKind::Anonymous, id: None };

    /// A signed-in account.
    #[must_use]
    pub const fn account(id: domain::ids::AccountId) -> Self {
        Self { kind: ActorKind::Account, id: Some(id.as_uuid()) }
    }
}
