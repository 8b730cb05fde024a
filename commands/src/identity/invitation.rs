//! Inviting somebody: with a first password that is handed over, or with a mail by which its owner chooses one.

use domain::{
    identity::{PersonalDetails, Role},
    ids::CompanyId,
    text::Zone,
};
use event_store::Executed;

use super::{
    AccountAccepted, Email, Identity, NewAccount, Secret, account::Entry, password::unknown_to_anybody,
};
use crate::{Call, CommandError, UseCase};

/// Somebody to invite.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address: what it signs in with.
    pub email: Email,
    /// Its first password; without one, its owner is mailed a token for choosing one.
    pub password: Option<Secret>,
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
    /// What its owner is called, and so on.
    pub details: PersonalDetails,
}

impl Identity {
    /// Registers an account for somebody who is invited. Without a password nobody can sign in before the owner of the
    /// address has chosen one, which shows that the address is the owner's.
    ///
    /// # Errors
    /// `permission_denied`, `identity.email_taken`, `identity.password_length`, `identity.password_weak`, and the
    /// account's own rules.
    pub async fn create_admin(
        &self,
        call: &Call,
        invited: Invitation,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        call.require(UseCase::RegisterAccount)?;
        let (password, entry) = match invited.password {
            Some(password) => (password, Entry::Verified),
            None => (unknown_to_anybody()?, Entry::Invited),
        };
        let new = NewAccount {
            email: invited.email,
            password,
            role: invited.role,
            zones: invited.zones,
            company: invited.company,
            details: invited.details,
        };
        self.register(call, new, None, entry).await
    }
}
