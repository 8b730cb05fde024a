//! The account: who may sign in, as what. A deactivated account keeps its role for the day it comes back.

use super::{AccountCommand, AccountError, AccountEvent, Role};
use crate::{decider::Decider, ids::CompanyId, text::Zone};

/// A person or machine that signs in.
#[derive(Debug)]
pub struct Account;

/// What is known of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AccountState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It may sign in.
    Active(Standing),
    /// It may not sign in.
    Deactivated(Standing),
}

/// As what an account acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
}

impl AccountState {
    /// It was registered, whether or not it may sign in.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.standing().is_some()
    }

    /// It may sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    /// As what it acts.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Absent => None,
            Self::Active(standing) | Self::Deactivated(standing) => Some(standing),
        }
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.standing().map(|standing| standing.role)
    }
}

impl Decider for Account {
    const KIND: &'static str = "account";

    type State = AccountState;
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;

    fn decide(state: &AccountState, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountError> {
        match command {
            AccountCommand::Register { role, zones, company } => register(state, role, zones, company),
            AccountCommand::Deactivate => match state {
                AccountState::Absent => Err(AccountError::NotFound),
                AccountState::Active(_) => Ok(vec![AccountEvent::AccountDeactivated]),
                AccountState::Deactivated(_) => Ok(Vec::new()),
            },
            AccountCommand::Reactivate => match state {
                AccountState::Absent => Err(AccountError::NotFound),
                AccountState::Active(_) => Ok(Vec::new()),
                AccountState::Deactivated(_) => Ok(vec![AccountEvent::AccountReactivated]),
            },
        }
    }

    fn evolve(state: &mut AccountState, event: &AccountEvent) {
        *state = match (event, std::mem::take(state)) {
            (AccountEvent::AccountRegistered { role, zones, company }, _) => {
                AccountState::Active(Standing { role: *role, zones: zones.clone(), company: *company })
            }
            (
                AccountEvent::AccountDeactivated,
                AccountState::Active(standing) | AccountState::Deactivated(standing),
            ) => AccountState::Deactivated(standing),
            (
                AccountEvent::AccountReactivated,
                AccountState::Active(standing) | AccountState::Deactivated(standing),
            ) => AccountState::Active(standing),
            (AccountEvent::AccountDeactivated | AccountEvent::AccountReactivated, AccountState::Absent) => {
                AccountState::Absent
            }
        };
    }
}

fn register(
    state: &AccountState,
    role: Role,
    zones: Vec<Zone>,
    company: Option<CompanyId>,
) -> Result<Vec<AccountEvent>, AccountError> {
    if state.exists() {
        return Err(AccountError::AlreadyRegistered);
    }
    // Without these a slip of the form would make a location admin of everything, or a vendor of nothing.
    if role == Role::LocationAdmin && zones.is_empty() {
        return Err(AccountError::ZonesRequired);
    }
    if role == Role::Vendor && company.is_none() {
        return Err(AccountError::CompanyRequired);
    }
    Ok(vec![AccountEvent::AccountRegistered { role, zones, company }])
}
