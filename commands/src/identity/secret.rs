//! A text that must not be shown.

use aws_lc_rs::constant_time;
use secrecy::{ExposeSecret, SecretString};

/// A password or a token: shown to nobody by accident, neither in a log nor in an error, and wiped from memory when it
/// is dropped.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    /// The time it takes tells nothing but the length.
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(self.expose().as_bytes(), other.expose().as_bytes()).is_ok()
    }
}

impl Eq for Secret {}

/// `bytes` random bytes in base64url.
pub(super) fn random_text(bytes: usize) -> Result<String, super::IdentityError> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| super::IdentityError::Randomness)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
