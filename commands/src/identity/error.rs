//! How signing in, or setting identity up, can fail.

use crate::{CommandError, vault::VaultError};

/// Why somebody is not let in. Never says whether an account exists.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No active account has this address and password.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// Too many attempts failed.
    #[error("too many attempts failed; try again in {retry_after_seconds} seconds")]
    Locked {
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// A one-time code, a code of a second factor or its challenge is wrong, was used, or is too old.
    #[error("the code is wrong, was used, or is too old")]
    InvalidCode,
    /// The password is right, but the account's owner has not confirmed the address yet.
    #[error("the e-mail address is not confirmed yet: use the token that was mailed to it")]
    EmailUnverified,
    /// Mail to this address was asked for too often.
    #[error("mail was asked for too often; try again in {retry_after_seconds} seconds")]
    TooManyMails {
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// The token is malformed, expired, of another issuer, or its session has ended.
    #[error("the token is not valid")]
    InvalidToken,
    /// There is no such API key, its secret is another, or it is expired or revoked.
    #[error("the API key is not valid")]
    InvalidApiKey,
    /// Too many sign-ins wait for their turn; try again soon.
    #[error("too many sign-ins are waiting")]
    Busy,
    /// The database cannot be reached, or a fault of ours.
    #[error(transparent)]
    Failed(#[from] CommandError),
}

impl AuthError {
    /// The stable code: `identity.…`; `None` where the inner error has its own.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::InvalidCredentials => Some("identity.invalid_credentials"),
            Self::Locked { .. } => Some("identity.locked"),
            Self::InvalidCode => Some("identity.invalid_code"),
            Self::EmailUnverified => Some("identity.email_unverified"),
            Self::TooManyMails { .. } => Some("identity.too_many_mails"),
            Self::InvalidToken => Some("identity.invalid_token"),
            Self::InvalidApiKey => Some("identity.invalid_api_key"),
            Self::Busy => Some("identity.busy"),
            Self::Failed(_) => None,
        }
    }
}

impl From<sqlx::Error> for AuthError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<VaultError> for AuthError {
    fn from(error: VaultError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<IdentityError> for AuthError {
    fn from(error: IdentityError) -> Self {
        Self::Failed(error.into())
    }
}

/// Why identity cannot be set up or a secret cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file of the signing key cannot be read or written.
    #[error("the signing key {path} cannot be read or written")]
    KeyFile {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The signing key is no Ed25519 key in PKCS#8 PEM form.
    #[error("the signing key is not an Ed25519 key in PKCS#8 PEM form")]
    InvalidKey,
    /// Others can read the signing key.
    #[error("the signing key {path} must be readable by its owner only (mode 0600)")]
    KeyExposed {
        /// Which file.
        path: String,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    Hashing,
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing,
    /// Personal data could not be sealed or opened.
    #[error("personal data cannot be sealed or opened")]
    Vault(#[from] VaultError),
    /// The secret of a second factor cannot be made or read.
    #[error("the secret of a second factor cannot be made or read")]
    SecondFactor,
    /// The database refused or could not be reached.
    #[error("the tables of identity cannot be used")]
    Database(#[from] sqlx::Error),
}

impl From<IdentityError> for CommandError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Database(error) => error.into(),
            IdentityError::Vault(error) => error.into(),
            other => Self::Fault(other.to_string()),
        }
    }
}
