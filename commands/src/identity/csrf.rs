//! The token that a page of ours sends with every unsafe request of a session in cookies. It follows from the session, so
//! that no table holds it and a token of another session is none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::SessionId;

use super::{Identity, Secret, mailed::is_same};

impl Identity {
    /// The CSRF token of a session.
    #[must_use]
    pub fn csrf_token(&self, session: SessionId) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(self.vault.lookup("csrf", &session.stream())))
    }

    /// Whether this is it; in constant time.
    #[must_use]
    pub fn is_csrf_token(&self, session: SessionId, shown: &str) -> bool {
        is_same(self.csrf_token(session).expose(), shown)
    }
}
