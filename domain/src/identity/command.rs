//! What may be asked of an account.

use super::Role;
use crate::{ids::CompanyId, text::Zone};

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
    /// Stop it from signing in.
    Deactivate,
    /// Let it sign in again.
    Reactivate,
}
