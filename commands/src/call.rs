//! Who calls a use case, and what surrounds the call.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::Role,
    ids::{AccountId, ApiKeyId, CompanyId, SessionId},
    text::Zone,
};
use event_store::{Actor, CommandContext, Idempotency, Unit, ids};
use uuid::Uuid;

use crate::{CommandError, Permission, UseCase, execute};

/// A signed-in account, as its access token describes it; or a program with an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account: AccountId,
    /// The session that the token belongs to.
    pub session: SessionId,
    /// Its role; of an API key, that of an account which is confined as the key is.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
    /// The API key that was shown instead of an access token: then its scopes, and not the role, say what may be done.
    pub key: Option<KeyScopes>,
}

/// An API key, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScopes {
    /// Which.
    pub id: ApiKeyId,
    /// What it may do.
    pub scopes: Vec<Permission>,
}

impl Principal {
    /// Whether it carries `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match &self.key {
            Some(key) => key.scopes.contains(&permission),
            None => permission.is_of(self.role),
        }
    }

    /// The company that it is confined to, as vendors are: `Some(None)` for a vendor without any, who sees nothing.
    #[must_use]
    pub fn confined_to(&self) -> Option<Option<CompanyId>> {
        (self.role == Role::Vendor).then_some(self.company)
    }

    /// The zones that it is confined to, as administrators are; `None` where no zone restricts it.
    #[must_use]
    pub fn confining_zones(&self) -> Option<&[Zone]> {
        let is_restricted = match self.role {
            // A location admin without zones would be a super admin by accident.
            Role::LocationAdmin => true,
            Role::StoreManager => !self.zones.is_empty(),
            // A vendor's own zones restrict nothing, those of a key for its company do.
            Role::Vendor => self.key.is_some() && !self.zones.is_empty(),
            Role::SuperAdmin | Role::Customer | Role::Driver | Role::Analyst | Role::Auditor => false,
        };
        is_restricted.then_some(self.zones.as_slice())
    }

    /// As events name it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match &self.key {
            Some(key) => Actor::api_key(key.id),
            None => Actor::account(self.account),
        }
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Souk itself: a timer, a reactor, an import, an operator at the command line.
    System,
    /// A signed-in account.
    Account(Principal),
    /// Nobody signed in.
    Anonymous,
}

impl Caller {
    /// The account, where one is signed in; an API key is nobody's.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(principal) if principal.key.is_none() => Some(principal.account),
            Self::Account(_) | Self::System | Self::Anonymous => None,
        }
    }

    /// The signed-in account with its role.
    #[must_use]
    pub const fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Account(principal) => Some(principal),
            Self::System | Self::Anonymous => None,
        }
    }

    /// Whether the caller's role carries `permission`; Souk itself has every one.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::System => true,
            Self::Account(principal) => principal.may(permission),
            Self::Anonymous => false,
        }
    }

    /// The company that a vendor is confined to.
    pub(crate) fn confined_to(&self) -> Option<Option<CompanyId>> {
        self.principal()?.confined_to()
    }

    /// Whether a vendor would touch what is not its company's. Everybody else is confined in other ways.
    pub(crate) fn is_foreign(&self, company: Option<CompanyId>) -> bool {
        self.confined_to().is_some_and(|own| own.is_none() || own != company)
    }

    /// The zones that an administrator is confined to; `None` where no zone restricts the caller.
    pub(crate) fn zones(&self) -> Option<&[Zone]> {
        self.principal()?.confining_zones()
    }
}

/// One call of a use case: who, within which request, when it happened, and under which key it may be repeated.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The request or process that it belongs to.
    pub correlation_id: Uuid,
    /// The event that caused it, when a reactor calls.
    pub causation_id: Option<Uuid>,
    /// When the fact happened, where that is earlier than its recording; never in the future.
    pub effective_at: Option<DateTime<Utc>>,
    /// The key for repeats.
    pub idempotency: Option<Idempotency>,
    /// For how long a repeat gets the first answer, where that is not the usual time.
    pub remembered_for: Option<TimeDelta>,
    /// What the caller's device calls itself, where it does: orders are looked at by it.
    pub device: Option<String>,
}

impl Call {
    /// A call of `caller` with a new correlation id, effective when recorded, not repeatable.
    #[must_use]
    pub fn new(caller: Caller) -> Self {
        Self {
            caller,
            correlation_id: ids::uuid(),
            causation_id: None,
            effective_at: None,
            idempotency: None,
            remembered_for: None,
            device: None,
        }
    }

    /// A call of Souk itself.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Caller::System)
    }

    /// Belongs to the request `id`.
    #[must_use]
    pub const fn correlated(mut self, id: Uuid) -> Self {
        self.correlation_id = id;
        self
    }

    /// Was caused by the event `id`.
    #[must_use]
    pub const fn caused_by(mut self, id: Uuid) -> Self {
        self.causation_id = Some(id);
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

    /// A repeat gets the first answer for so long.
    #[must_use]
    pub const fn remembered_for(mut self, time: TimeDelta) -> Self {
        self.remembered_for = Some(time);
        self
    }

    /// Comes from a device that calls itself so.
    #[must_use]
    pub fn from_device(mut self, device: Option<String>) -> Self {
        self.device = device;
        self
    }

    /// An empty unit of this call.
    pub(crate) fn unit(&self) -> Unit {
        let actor = match &self.caller {
            Caller::System => Actor::SYSTEM,
            Caller::Account(principal) => principal.actor(),
            Caller::Anonymous => Actor::ANONYMOUS,
        };
        let unit = Unit::new(CommandContext {
            // A call that nothing caused begins its own story: the id is then written once instead of twice per event.
            command_id: if self.causation_id.is_none() {
                self.correlation_id
            } else {
                ids::uuid()
            },
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            actor,
            effective_at: self.effective_at,
            idempotency: self.idempotency,
        });
        match self.remembered_for {
            Some(time) => unit.remembered_for(time),
            None => unit,
        }
    }

    /// Holds the caller to what the table of permissions asks for.
    pub(crate) fn require(&self, use_case: UseCase) -> Result<(), CommandError> {
        if self.caller.may(use_case.permission()) {
            Ok(())
        } else {
            Err(execute::FORBIDDEN.refusal().into())
        }
    }
}
