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

/// Why a request to an API key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// There is no such key.
    #[error("API key does not exist")]
    NotFound,
    /// A key is created once.
    #[error("API key is created already")]
    AlreadyCreated,
    /// A key that may do nothing is a mistake.
    #[error("key needs at least one scope")]
    ScopesRequired,
}

refusals!(ApiKeyError, faults = details {
    NotFound = "identity.api_key_not_found" NotFound,
    AlreadyCreated = "identity.api_key_already_created" Conflict,
    ScopesRequired = "identity.scopes_required" Invalid,
});

impl ApiKeyError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyCreated => Vec::new(),
            Self::ScopesRequired => vec![Fault::at("/scopes", self)],
        }
    }
}
