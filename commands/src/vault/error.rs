//! Why the vault cannot do what it was asked.

use domain::ids::EventId;

use crate::CommandError;

/// Why the vault cannot do what it was asked. Never holds a key or a text.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A master key that wraps keys in this database was not given.
    #[error(
        "the database holds keys that are wrapped by the master key {key_id}, which this node does not have \
         (settings master_key, retired_master_keys)"
    )]
    MasterKeyMissing {
        /// Which.
        key_id: String,
    },
    /// A master key is not 32 bytes in base64.
    #[error("a master key is 32 bytes in base64")]
    InvalidMasterKey,
    /// A file of the vault cannot be read or written.
    #[error("the file {path} cannot be read or written")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others can read the file of the master key.
    #[error("the master key {path} must be readable by its owner only (mode 0600)")]
    KeyExposed {
        /// Which file.
        path: String,
    },
    /// A line of the list of erasures cannot be understood: somebody must look at it.
    #[error("line {line} of the list of erasures {path} cannot be understood")]
    ListDamaged {
        /// Which file.
        path: String,
        /// From 1.
        line: usize,
    },
    /// A value was changed, or stands where it was not sealed for.
    #[error("the sealed value {field} of event {event} does not open")]
    Damaged {
        /// The event.
        event: EventId,
        /// The field.
        field: &'static str,
    },
    /// A wrapped key was changed, or belongs to somebody else.
    #[error("a wrapped key does not open")]
    KeyDamaged,
    /// A text is too long to be sealed.
    #[error("a text is too long to be sealed")]
    TooLong,
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
    /// The database refused or could not be reached.
    #[error("the tables of the vault cannot be used")]
    Database(#[from] sqlx::Error),
}

impl From<VaultError> for CommandError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Database(error) => error.into(),
            other => Self::Fault(other.to_string()),
        }
    }
}
