//! The secret that a guest's cart is reached by.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::CartId;

use crate::{CommandError, identity::Secret};

/// 256 random bits, so that nobody guesses one.
const BYTES: usize = 32;

/// What only the guest has: 43 characters of base64url. The cart's id is a hash of it, so that neither the log nor an
/// answer tells it to anybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartToken(Secret);

impl CartToken {
    /// `None` where it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BYTES).then(|| Self(Secret::new(text.to_owned())))
    }

    pub(super) fn random() -> Result<Self, CommandError> {
        let mut random = [0; BYTES];
        let failed = |_| CommandError::Fault("the system has no random numbers".to_owned());
        rand::fill(&mut random).map_err(failed)?;
        Ok(Self(Secret::new(URL_SAFE_NO_PAD.encode(random))))
    }

    /// The text, for the one answer that gives it to the guest.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The cart that it opens: a UUID of version 8 (RFC 9562) over the token.
    #[must_use]
    pub fn cart(&self) -> CartId {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"souk cart ");
        context.update(self.expose().as_bytes());
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        CartId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for CartToken {
    /// Nobody sees it by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a cart's token)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_one_cart_and_is_shown_to_nobody() {
        let token = CartToken::random().unwrap();
        let again = CartToken::parse(token.expose()).unwrap();
        assert_eq!((token.cart(), token.expose().len()), (again.cart(), 43));
        assert_ne!(token.cart(), CartToken::random().unwrap().cart());
        assert!(!format!("{token:?} {token}").contains(token.expose()));
        assert!(!token.cart().to_string().contains(&token.expose()[..8]));
        for other in ["", "1234", &"A".repeat(42), &"A".repeat(44), &"?".repeat(43)] {
            assert!(CartToken::parse(other).is_none(), "{other}");
        }
    }
}
