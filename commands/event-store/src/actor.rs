//! Who caused an event.

use std::{borrow::Cow, fmt, str::FromStr};

use domain::ids::{AccountId, ApiKeyId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A signed-in account.
    Account,
    /// A program that showed an API key.
    ApiKey,
    /// Souk itself: a reactor, a timer, a migration.
    System,
    /// Nobody signed in.
    Anonymous,
}

/// Who caused an event: an id, never a name. As text `usr_…`, `key_…`, `system` or `anonymous`: one string, because
/// cqrs-es wants the metadata of an event to be a flat map of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// The account or key; absent for the system and for nobody.
    pub id: Option<Uuid>,
}

/// A text that names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected system, anonymous or the id of an account or API key")]
pub struct InvalidActor;

impl Actor {
    /// Souk itself.
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: None };
    /// Nobody signed in.
    pub const ANONYMOUS: Self = Self { kind: ActorKind::Anonymous, id: None };

    /// A signed-in account.
    #[must_use]
    pub const fn account(id: AccountId) -> Self {
        Self { kind: ActorKind::Account, id: Some(id.as_uuid()) }
    }

    /// A program that showed an API key.
    #[must_use]
    pub const fn api_key(id: ApiKeyId) -> Self {
        Self { kind: ActorKind::ApiKey, id: Some(id.as_uuid()) }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.id) {
            (ActorKind::Account, Some(id)) => AccountId::from_uuid(id).fmt(f),
            (ActorKind::ApiKey, Some(id)) => ApiKeyId::from_uuid(id).fmt(f),
            (ActorKind::System, _) => f.write_str("system"),
            (ActorKind::Account | ActorKind::ApiKey | ActorKind::Anonymous, _) => f.write_str("anonymous"),
        }
    }
}

impl FromStr for Actor {
    type Err = InvalidActor;

    fn from_str(text: &str) -> Result<Self, InvalidActor> {
        match text {
            "system" => Ok(Self::SYSTEM),
            "anonymous" => Ok(Self::ANONYMOUS),
            key if key.starts_with(ApiKeyId::PREFIX) => {
                key.parse().map(Self::api_key).map_err(|_| InvalidActor)
            }
            account => account.parse().map(Self::account).map_err(|_| InvalidActor),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
