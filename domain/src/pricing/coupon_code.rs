//! The code that a customer types.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no coupon code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 3 to 32 letters, digits and hyphens of ASCII")]
pub struct CouponCodeError;

/// A coupon's code: 3 to 32 ASCII letters, digits and hyphens, in capitals, since people type them as they like. It is
/// the id of the coupon's stream, so each code belongs to one coupon for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CouponCode(String);

impl CouponCode {
    /// The most characters.
    pub const MAX_CHARS: usize = 32;

    /// Trims, checks and capitalizes.
    ///
    /// # Errors
    /// When it is too short or long, or holds anything but letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, CouponCodeError> {
        let text = text.trim();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if !(3..=Self::MAX_CHARS).contains(&text.len()) || !text.bytes().all(plain) {
            return Err(CouponCodeError);
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The code, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
