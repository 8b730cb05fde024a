//! What may be asked of an account.

use super::{OwnerProof, Role};
use crate::{ids::CompanyId, sealed::Sealed, text::Zone};

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
    /// Ask for more than a password from now on.
    EnableSecondFactor,
    /// Ask for no more than a password again.
    DisableSecondFactor,
    /// Close it for good.
    Erase,
}
