//! Sealed values: personal data as an event carries them. What is inside only the vault can tell, and only for as long
//! as the person's key exists; here they are bytes, equal or not.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::ids::{AccountId, DataKeyId, EventId};

/// A value that is no sealed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// Not 12 bytes in base64.
    #[error("the nonce is not 12 bytes in base64")]
    Nonce,
    /// Not base64 of a length that can be.
    #[error("the ciphertext is not base64, or too long")]
    Ciphertext,
}

/// A text that is encrypted with one person's key (AES-256-GCM), bound to its event and field.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Sealed {
    person: AccountId,
    key: DataKeyId,
    nonce: String,
    ciphertext: String,
}

/// Where a sealed value stands. Moved elsewhere it does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The event that carries it.
    pub event: EventId,
    /// Its field there, as a JSON Pointer below the event's name: `/phone`.
    pub field: &'static str,
}

impl Sealed {
    /// The most base64 characters of a ciphertext: some 12 kB of text.
    pub const MAX_CIPHERTEXT_CHARS: usize = 16_384;

    /// A nonce of 12 bytes in base64.
    const NONCE_CHARS: usize = 16;

    /// Checks the form.
    ///
    /// # Errors
    /// When the nonce or the ciphertext is no base64 of a possible length.
    pub fn try_new(
        person: AccountId,
        key: DataKeyId,
        nonce: String,
        ciphertext: String,
    ) -> Result<Self, SealedError> {
        if nonce.len() != Self::NONCE_CHARS || !is_base64(&nonce) || nonce.ends_with('=') {
            return Err(SealedError::Nonce);
        }
        if ciphertext.len() > Self::MAX_CIPHERTEXT_CHARS || ciphertext.is_empty() || !is_base64(&ciphertext) {
            return Err(SealedError::Ciphertext);
        }
        Ok(Self { person, key, nonce, ciphertext })
    }

    /// Whose it is.
    #[must_use]
    pub const fn person(&self) -> AccountId {
        self.person
    }

    /// Which key it was sealed with.
    #[must_use]
    pub const fn key(&self) -> DataKeyId {
        self.key
    }

    /// The nonce, in base64.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The ciphertext with its tag, in base64.
    #[must_use]
    pub fn ciphertext(&self) -> &str {
        &self.ciphertext
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("person", &self.person).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            person: AccountId,
            key: DataKeyId,
            nonce: String,
            ciphertext: String,
        }
        let Stored { person, key, nonce, ciphertext } = Stored::deserialize(deserializer)?;
        Self::try_new(person, key, nonce, ciphertext).map_err(D::Error::custom)
    }
}

/// Padded base64 of the standard alphabet.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
