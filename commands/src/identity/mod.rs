//! Identity: accounts, their passwords, and their sessions.
//!
//! The log holds that an account exists, in which role and where, and what its owner tells of itself, sealed. Its
//! address (sealed too), password and sessions live in ordinary tables beside it, written in the same transaction. Access tokens are signed and carry all that a request needs;
//! every node verifies them without asking anybody, and learns within seconds which sessions have ended.

mod account;
mod activation;
mod admin;
mod adopt;
mod api_key_verifier;
mod api_keys;
mod contact;
mod csrf;
mod device;
mod email;
mod erase;
mod error;
mod invitation;
mod key_files;
mod keys;
mod letter;
mod lockout;
pub(crate) mod mailed;
mod new_password;
mod one_time_code;
mod options;
mod password;
mod profile;
mod reach;
mod reassign;
mod registration;
mod second_factor;
mod secret;
mod session;
mod sessions;
mod signing_keys;
mod token;
mod verifier;
mod watch;

use std::sync::Arc;

use event_store::Log;

pub use account::{AccountAccepted, NewAccount, Profile};
pub use admin::FirstAdmin;
pub use api_key_verifier::ApiKeys;
pub use api_keys::{ApiKeyRow, CreatedApiKey, NewApiKey};
pub use contact::{Held, HeldSession, email_of};
pub use device::Device;
pub use email::{Email, InvalidEmail};
pub use error::{AuthError, IdentityError};
pub use invitation::Invitation;
pub use keys::KeySource;
pub use letter::Letter;
pub use options::IdentityOptions;
pub use reach::{ROLES_IN_ZONES, Reach, Sight};
pub use reassign::Assignment;
pub use registration::Registration;
pub use second_factor::SecondFactorSetup;
pub use secret::Secret;
pub use session::{SignIn, SignedIn};
pub use sessions::LiveSession;
pub use signing_keys::{SigningKeyRow, SigningKeyState, SigningKeys};
pub use verifier::{Introspection, TokenVerifier};

pub(crate) use letter::{KIND as ACCOUNT_MAIL, Payload as AccountMailPayload};

use crate::{code::codes, vault::Vault};
use keys::KeyRing;
use password::Hasher;
use watch::{Revocations, Watch};

codes! {
    EMAIL_TAKEN = "identity.email_taken" Conflict "an account has this e-mail address",
    LAST_SUPER_ADMIN = "identity.last_super_admin" Conflict "somebody else must be super admin first",
    MAILED_TOKEN_INVALID = "identity.mailed_token_invalid" Invalid "the token is wrong, was used, or is too old",
    PASSWORD_LENGTH = "identity.password_length" Invalid "a password has 8 to 128 characters",
    PASSWORD_WEAK = "identity.password_weak" Invalid "the password is too easy to guess",
    SCOPE_NOT_CONFINED = "identity.scope_not_confined" Invalid "zones or a company do not confine what this scope allows",
    SECOND_FACTOR_MISSING = "identity.second_factor_missing" Conflict "there is no second factor: set one up first",
    SECOND_FACTOR_ON = "identity.second_factor_on" Conflict "the second factor is on: turn it off first",
    WRONG_PASSWORD = "identity.wrong_password" Invalid "this is not the present password",
}

/// The scope of the claims on addresses: key is a keyed hash, holder is the account's stream.
pub const EMAIL_SCOPE: &str = "email";

/// The use cases on accounts and sessions. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    log: Log,
    vault: Vault,
    options: Arc<IdentityOptions>,
    keys: Arc<KeyRing>,
    hasher: Hasher,
    revocations: Arc<Revocations>,
    verifier: TokenVerifier,
    api_keys: ApiKeys,
    _watch: Arc<Watch>,
}

impl Identity {
    /// Loads or makes this node's signing key, publishes its public half, and begins to follow ended sessions and
    /// other nodes' keys until the last clone is dropped. Accounts from before there was a vault get a key of theirs.
    ///
    /// # Errors
    /// When the key cannot be read or written, or the database cannot be reached.
    pub async fn open(
        log: Log,
        source: KeySource,
        options: IdentityOptions,
        vault: Vault,
    ) -> Result<Self, IdentityError> {
        adopt::clear_addresses(log.pool(), &vault).await?;
        let options = Arc::new(options);
        let keys = Arc::new(KeyRing::open(source, &options)?);
        keys.publish(log.pool()).await?;
        keys.follow(log.pool()).await?;
        let revocations = Arc::new(Revocations::default());
        revocations.refresh(log.pool(), &options).await?;
        let verifier = TokenVerifier::new(
            log.pool().clone(),
            Arc::clone(&options),
            Arc::clone(&keys),
            Arc::clone(&revocations),
        );
        let watch = Watch::start(
            log.pool().clone(),
            Arc::clone(&options),
            Arc::clone(&keys),
            Arc::clone(&revocations),
        );
        let hasher = Hasher::try_new(options.hashing_permits)?;
        Ok(Self {
            api_keys: ApiKeys::new(log.pool().clone(), vault.clone()),
            log,
            vault,
            options,
            keys,
            hasher,
            revocations,
            verifier,
            _watch: Arc::new(watch),
        })
    }

    /// What seals personal data.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Verifies access tokens.
    #[must_use]
    pub const fn verifier(&self) -> &TokenVerifier {
        &self.verifier
    }

    /// The published keys (RFC 7517), for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.keys.jwks()
    }
}
