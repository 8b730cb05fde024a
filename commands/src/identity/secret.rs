//! A text that must not be shown.

use std::fmt;

/// A password or a token: shown to nobody by accident, neither in a log nor in an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `bytes` random bytes in base64url.
pub(super) fn random_text(bytes: usize) -> Result<String, super::IdentityError> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| super::IdentityError::Randomness)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
