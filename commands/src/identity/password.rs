//! Passwords: argon2id, off the async threads, never more at once than there are cores.

use std::{sync::Arc, time::Duration};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use zxcvbn::{Score, zxcvbn};

use super::{AuthError, Email, IdentityError, PASSWORD_LENGTH, PASSWORD_WEAK, Secret};
use crate::Refused;

/// How long a sign-in waits for its turn to hash.
const PATIENCE: Duration = Duration::from_secs(5);

/// What guessers try first here.
const PLACE: &str = "souk";

#[derive(Clone)]
pub(super) struct Hasher {
    permits: Arc<Semaphore>,
    /// Verified for unknown addresses, so that they take as long as known ones.
    dummy: Arc<str>,
}

impl Hasher {
    pub(super) fn try_new(permits: usize) -> Result<Self, IdentityError> {
        let dummy = hash(&super::secret::random_text(16)?)?;
        Ok(Self {
            permits: Arc::new(Semaphore::new(permits.max(1))),
            dummy: dummy.into(),
        })
    }

    /// Hashes a password for storing.
    pub(super) async fn hash(&self, password: &Secret) -> Result<String, AuthError> {
        let password = password.clone();
        Ok(self.run(move || hash(password.expose())).await??)
    }

    /// Whether `password` is the one that `stored` was made of; takes the same time when nothing is stored.
    pub(super) async fn verify(&self, password: &Secret, stored: Option<String>) -> Result<bool, AuthError> {
        let password = password.clone();
        let dummy = Arc::clone(&self.dummy);
        self.run(move || {
            let known = stored.is_some();
            let stored = stored.unwrap_or_else(|| dummy.to_string());
            let matches = PasswordHash::new(&stored).is_ok_and(|hash| {
                Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
            });
            matches && known
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let permit = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| AuthError::Busy)?
            .map_err(|_| AuthError::Busy)?;
        let answer = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        answer.await.map_err(|_| IdentityError::Hashing.into())
    }
}

/// A password that is told to nobody: whoever has it can sign in by none, and nothing shows that from outside.
pub(super) fn unknown_to_anybody() -> Result<Secret, IdentityError> {
    super::secret::random_text(32).map(Secret::new)
}

fn hash(password: &str) -> Result<String, IdentityError> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| IdentityError::Randomness)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| IdentityError::Hashing)?;
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| IdentityError::Hashing)
}

/// Whether a password is long and strange enough for this address.
pub(super) fn check_strength(password: &Secret, email: &Email) -> Result<(), Refused> {
    let text = password.expose();
    if !(8..=128).contains(&text.chars().count()) {
        return Err(PASSWORD_LENGTH.refusal_at("/password"));
    }
    let local = email.local();
    let names_owner = local.len() >= 4 && text.to_lowercase().contains(local);
    // Below two it takes less than a million guesses, beginning with the commonest tens of thousands of leaked lists.
    if names_owner || zxcvbn(text, &[local, PLACE]).score() < Score::Two {
        return Err(PASSWORD_WEAK.refusal_at("/password"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Email, Secret, check_strength};

    fn code(password: &str) -> Option<&'static str> {
        let email = Email::parse("annette@example.com").unwrap();
        check_strength(&Secret::new(password.to_owned()), &email).err().map(|refused| refused.code)
    }

    #[test]
    fn short_common_and_telling_passwords_are_refused() {
        assert_eq!(code("a1b2c3d"), Some("identity.password_length"));
        assert_eq!(code("aaaaaaaaaaaa"), Some("identity.password_weak"));
        assert_eq!(code("Password123"), Some("identity.password_weak"));
        assert_eq!(code("xxAnnette99"), Some("identity.password_weak"));
        // Neither a capital nor a figure for a letter makes a common one uncommon.
        for common in ["P@ssw0rd!", "monkey123", "Summer2024", "qwerty123456", "souksouk"] {
            assert_eq!(code(common), Some("identity.password_weak"), "{common}");
        }
        for strange in [
            "four plain words here",
            "souk-demo-2026",
            "7406 1835 9027",
            "وشەی نهێنی درێژ",
        ] {
            assert_eq!(code(strange), None, "{strange}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", Secret::new("open sesame".to_owned())).contains("sesame"));
    }
}
