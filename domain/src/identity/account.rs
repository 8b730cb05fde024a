//! The account: who may sign in, as what. A deactivated account keeps its role for the day it comes back; an erased one
//! keeps it for the auditors, and does not come back.

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
    /// It is closed for good, and its owner's data cannot be read any more.
    Erased(Standing),
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

    /// Its owner's data are erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        matches!(self, Self::Erased(_))
    }

    /// As what it acts.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Absent => None,
            Self::Active(standing) | Self::Deactivated(standing) | Self::Erased(standing) => Some(standing),
        }
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.standing().map(|standing| standing.role)
    }

    /// Itself, where it can still change.
    fn open(&self) -> Result<&Self, AccountError> {
        match self {
            Self::Absent => Err(AccountError::NotFound),
            Self::Active(_) | Self::Deactivated(_) => Ok(self),
            Self::Erased(_) => Err(AccountError::Erased),
        }
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
            AccountCommand::Reassign { role, zones, company } => {
                reassign(state, Standing { role, zones, company })
            }
            AccountCommand::Deactivate => match state.open()? {
                AccountState::Active(_) => Ok(vec![AccountEvent::AccountDeactivated]),
                AccountState::Absent | AccountState::Deactivated(_) | AccountState::Erased(_) => {
                    Ok(Vec::new())
                }
            },
            AccountCommand::Reactivate => match state.open()? {
                AccountState::Deactivated(_) => Ok(vec![AccountEvent::AccountReactivated]),
                AccountState::Absent | AccountState::Active(_) | AccountState::Erased(_) => Ok(Vec::new()),
            },
            AccountCommand::ReviseProfile { display_name, phone, locale } => {
                state.open()?;
                Ok(vec![AccountEvent::ProfileRevised { display_name, phone, locale }])
            }
            AccountCommand::VerifyEmail => one(state, AccountEvent::EmailVerified),
            AccountCommand::ChangePassword { proof } => one(state, AccountEvent::PasswordChanged { proof }),
            AccountCommand::RevokePassword => one(state, AccountEvent::PasswordRevoked),
            AccountCommand::EnableSecondFactor => one(state, AccountEvent::SecondFactorEnabled),
            AccountCommand::DisableSecondFactor => one(state, AccountEvent::SecondFactorDisabled),
            AccountCommand::Erase => match state {
                AccountState::Absent => Err(AccountError::NotFound),
                AccountState::Active(_) | AccountState::Deactivated(_) => {
                    Ok(vec![AccountEvent::AccountErased])
                }
                AccountState::Erased(_) => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut AccountState, event: &AccountEvent) {
        let standing = state.standing().cloned();
        *state = match event {
            AccountEvent::AccountReassigned { role, zones, company } => {
                let standing = Standing { role: *role, zones: zones.clone(), company: *company };
                match state {
                    AccountState::Absent => return,
                    AccountState::Active(_) => AccountState::Active(standing),
                    AccountState::Deactivated(_) => AccountState::Deactivated(standing),
                    AccountState::Erased(_) => AccountState::Erased(standing),
                }
            }
            AccountEvent::AccountRegistered { role, zones, company } => {
                AccountState::Active(Standing { role: *role, zones: zones.clone(), company: *company })
            }
            AccountEvent::AccountDeactivated => {
                standing.map_or(AccountState::Absent, AccountState::Deactivated)
            }
            AccountEvent::AccountReactivated => standing.map_or(AccountState::Absent, AccountState::Active),
            AccountEvent::AccountErased => standing.map_or(AccountState::Absent, AccountState::Erased),
            // What signs it in lives beside the log.
            AccountEvent::ProfileRevised { .. }
            | AccountEvent::EmailVerified
            | AccountEvent::PasswordChanged { .. }
            | AccountEvent::PasswordRevoked
            | AccountEvent::SecondFactorEnabled
            | AccountEvent::SecondFactorDisabled => return,
        };
    }
}

/// What may happen to any account that is not closed.
fn one(state: &AccountState, event: AccountEvent) -> Result<Vec<AccountEvent>, AccountError> {
    state.open()?;
    Ok(vec![event])
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
    check(role, &zones, company)?;
    Ok(vec![AccountEvent::AccountRegistered { role, zones, company }])
}

fn reassign(state: &AccountState, to: Standing) -> Result<Vec<AccountEvent>, AccountError> {
    if state.open()?.standing() == Some(&to) {
        return Ok(Vec::new());
    }
    let Standing { role, zones, company } = to;
    check(role, &zones, company)?;
    Ok(vec![AccountEvent::AccountReassigned { role, zones, company }])
}

/// Without these a slip of the form would make a location admin of everything, or a vendor of nothing.
fn check(role: Role, zones: &[Zone], company: Option<CompanyId>) -> Result<(), AccountError> {
    if role == Role::LocationAdmin && zones.is_empty() {
        return Err(AccountError::ZonesRequired);
    }
    if role == Role::Vendor && company.is_none() {
        return Err(AccountError::CompanyRequired);
    }
    Ok(())
}
