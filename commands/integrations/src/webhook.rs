//! Texts to a URL of somebody else's.

use std::{fmt, time::Duration};

use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(10);

/// A URL that takes texts by POST. It may hold a secret, so it is never shown beyond its host.
#[derive(Clone)]
pub struct Webhook {
    url: Url,
    client: Client,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.host())
    }
}

/// Why a text was not taken; it may work later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// What was configured is no URL of HTTP.
    #[error("must be a URL with http or https")]
    NoUrl,
    /// The system gives no means of sending.
    #[error("requests cannot be sent: {0}")]
    NoClient(String),
    /// Nobody answered.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It answered, but not with 2xx.
    #[error("it answered {0}")]
    Refused(u16),
}

impl Webhook {
    /// A URL with http or https.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        let url: Url = text.parse().map_err(|_| WebhookError::NoUrl)?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(WebhookError::NoUrl);
        }
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none());
        let client =
            client.build().map_err(|error| WebhookError::NoClient(error.without_url().to_string()))?;
        Ok(Self { url, client })
    }

    /// Whom it calls.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends a text, as `text/plain` in UTF-8.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn post(&self, text: String) -> Result<(), WebhookError> {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        let sent = self.client.post(self.url.clone()).header(CONTENT_TYPE, plain).body(text).send().await;
        let answer = sent.map_err(|error| WebhookError::Unreachable(error.without_url().to_string()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(WebhookError::Refused(status.as_u16())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_is_called_and_only_the_host_is_shown() {
        for wrong in ["", "ftp://a/b", "witness", "file:///a"] {
            assert!(Webhook::parse(wrong).is_err(), "{wrong}");
        }
        let webhook = Webhook::parse("https://souk:hunter2@witness.example/heads?token=hunter2").unwrap();
        assert_eq!(format!("{webhook:?}"), "Webhook(witness.example)");
    }
}
