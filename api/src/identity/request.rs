//! What people send to sign in.

use std::fmt;

use serde::Deserialize;
use utoipa::ToSchema;

/// An e-mail address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "customer@souk.local", "password": "correct-horse-battery"}))]
pub(crate) struct LoginRequest {
    /// The account's address.
    pub(crate) email: String,
    /// Its password.
    pub(crate) password: String,
    /// For browsers: the session is kept in cookies, and its tokens are not answered.
    #[serde(default)]
    pub(crate) cookies: bool,
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequest").finish_non_exhaustive()
    }
}

/// A refresh token, which works once. A session in cookies sends none.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "…"}))]
pub(crate) struct RefreshRequest {
    /// As the last sign-in or refresh gave it.
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest").finish_non_exhaustive()
    }
}
