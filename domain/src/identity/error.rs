//! Why a request to an account is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to an account is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// There is no such account.
    #[error("account does not exist")]
    NotFound,
    /// An account registers once.
    #[error("account is registered already")]
    AlreadyRegistered,
    /// Its owner's data are erased; nothing brings it back.
    #[error("account is erased")]
    Erased,
    /// No zones means "unrestricted", which this role may not be.
    #[error("role needs at least one zone")]
    ZonesRequired,
    /// A vendor is somebody of a company.
    #[error("role needs a company")]
    CompanyRequired,
}

refusals!(AccountError, faults = details {
    NotFound = "identity.account_not_found" NotFound,
    AlreadyRegistered = "identity.account_already_registered" Conflict,
    Erased = "identity.account_erased" Conflict,
    ZonesRequired = "identity.zones_required" Invalid,
    CompanyRequired = "identity.company_required" Invalid,
});

impl AccountError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyRegistered | Self::Erased => Vec::new(),
            Self::ZonesRequired => vec![Fault::at("/zones", self)],
            Self::CompanyRequired => vec![Fault::at("/company", self)],
        }
    }
}
