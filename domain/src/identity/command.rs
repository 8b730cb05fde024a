//! What may be asked of an account, and of an API key.

use chrono::{DateTime, Utc};

use super::{OwnerProof, Role};
use crate::{
    ids::CompanyId,
    sealed::Sealed,
    text::{ApiKeyName, Code, Zone},
};

/// A request to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCommand {
    /// Let it sign in.
    Register {
        /// Its role.
        role: Role,
        /// The zones that restrict it.
        zones: Vec<Zone>,
        /// The vendor company that it belongs to.
        company: Option<CompanyId>,
    },
    /// Let it act as this from now on.
    Reassign {
        /// Its role.
        role: Role,
        /// The zones that restrict it.
        zones: Vec<Zone>,
        /// The vendor company that it belongs to.
        company: Option<CompanyId>,
    },
    /// Stop it from signing in.
    Deactivate,
    /// Let it sign in again.
    Reactivate,
    /// Put its owner's details in place of those that there are.
    ReviseProfile {
        /// What its owner is called.
        display_name: Option<Sealed>,
        /// Its owner's phone.
        phone: Option<Sealed>,
        /// The language that its owner reads.
        locale: Option<Sealed>,
    },
    /// Its owner receives what is mailed to its address.
    VerifyEmail,
    /// Give it another password.
    ChangePassword {
        /// How its owner was known.
        proof: OwnerProof,
    },
    /// Let its password sign it in no more.
    RevokePassword,
    /// Ask for more than a password from now on.
    EnableSecondFactor,
    /// Ask for no more than a password again.
    DisableSecondFactor,
    /// Close it for good.
    Erase,
}

/// A request to one API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiKeyCommand {
    /// Let it in.
    Create {
        /// What it is called.
        name: ApiKeyName,
        /// What it may do.
        scopes: Vec<Code>,
        /// The zones that restrict it.
        zones: Vec<Zone>,
        /// The company that it is confined to.
        company: Option<CompanyId>,
        /// Until when it is good.
        expires_at: DateTime<Utc>,
    },
    /// Let it in no more.
    Revoke,
}
