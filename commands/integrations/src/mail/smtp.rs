//! Mail by SMTP.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp};

use super::{Mail, MailError, Mailer, Sender};

/// A server that does not answer for so long is tried again later.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// What a server says about a mailbox or a text that it will never take (RFC 5321). Other refusals, such as a wrong
/// password, are the operator's to mend, and the mail waits.
const FOR_EVER: [u16; 4] = [550, 551, 553, 554];

/// `smtp://host:port`, `smtps://user:password@host`, or `smtp://…?tls=required`. Never shown: it may hold a password.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// Why it is none, without repeating it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        AsyncSmtpTransport::<Tokio1Executor>::from_url(text).map(|_| Self(text.to_owned())).map_err(
            |_| "must be smtp://host:port (?tls=required for STARTTLS) or smtps://user:password@host",
        )
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

/// Hands mails to an SMTP server, over a few connections that are kept.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl Smtp {
    /// Mails from `sender` go to the server at `url`.
    ///
    /// # Errors
    /// When the system has no certificates to check the server's with.
    pub fn try_new(url: &SmtpUrl, sender: Sender) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)
            .map_err(|error| MailError::Temporary(error.to_string()))?;
        Ok(Self {
            transport: builder.timeout(Some(ANSWERS_WITHIN)).build(),
            sender,
        })
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.sender.compose(mail)?;
        self.transport.send(message).await.map(drop).map_err(failed)
    }
}

fn failed(error: smtp::Error) -> MailError {
    let code = error.status().map(|code| code.to_string().parse().unwrap_or(0));
    if code.is_some_and(|code: u16| FOR_EVER.contains(&code)) {
        MailError::Refused(error.to_string())
    } else {
        MailError::Temporary(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_mail_servers_are_read_and_never_shown() {
        for right in [
            "smtp://127.0.0.1:2525",
            "smtps://souk:hunter2@mail.example",
            "smtp://m.example?tls=required",
        ] {
            let url = SmtpUrl::parse(right).unwrap();
            assert!(!format!("{url:?}").contains("hunter2"));
        }
        for wrong in ["", "mail.example", "http://mail.example"] {
            assert!(SmtpUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
