//! An e-mail address, as an account's name for signing in.

use std::fmt;

use crate::vault::Vault;

/// What addresses are hashed for.
const LOOKUP: &str = "email";

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address")]
pub struct InvalidEmail;

/// An address in lower case. Personal data: not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Trims, lowers and checks the form; whether mail arrives is for a mail to find out.
    ///
    /// # Errors
    /// When it has no form of an address.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        // Of other scripts letters and digits only: no mail server takes what joins letters or is not seen.
        let plain = |c: char| c.is_alphanumeric() || (c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c));
        let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
        let labels = domain.split('.').count() >= 2
            && domain.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            });
        let fits = (1..=64).contains(&local.len()) && text.len() <= 254;
        if fits && dots && labels && local.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err(InvalidEmail)
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub(super) fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }

    /// For tables that must not hold the address itself: without the vault's key nobody can try addresses against it.
    pub(super) fn lookup(&self, vault: &Vault) -> [u8; 32] {
        vault.lookup(LOOKUP, &self.0)
    }
}

/// The key of the claim on an address.
pub(super) fn claim_key(lookup: &[u8]) -> String {
    lookup.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_lowered_and_checked() {
        assert_eq!(Email::parse(" Ann.B+shop@Example.COM ").unwrap().as_str(), "ann.b+shop@example.com");
        for wrong in [
            "",
            "ann",
            "ann@",
            "@x.org",
            "ann@host",
            "a b@x.org",
            "ann@x..org",
            "ann@-x.org",
            "a@b@x.org",
            "a..b@x.org",
            ".ann@x.org",
            "ann.@x.org",
            "an\u{200b}n@x.org",
            "an\u{301}n@x.org",
            "ann@x_y.org",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_not_shown() {
        assert!(!format!("{:?}", Email::parse("ann@example.com").unwrap()).contains("ann"));
    }
}
