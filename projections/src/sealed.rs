//! Sealed values in columns: copied from their events as they are, and nothing is derived from them.

use domain::sealed::Sealed;

/// As a text column holds it.
pub(crate) fn sealed_text(sealed: Option<&Sealed>) -> Result<Option<String>, sqlx::Error> {
    sealed.map(serde_json::to_string).transpose().map_err(|error| sqlx::Error::Encode(Box::new(error)))
}
