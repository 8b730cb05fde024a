//! Mail: handed to an SMTP server, or put into a folder where none is configured.

mod folder;
mod smtp;

use async_trait::async_trait;
use lettre::{
    Message,
    message::{Mailbox, MultiPart, header::ContentType},
};
use uuid::Uuid;

pub use folder::MailFolder;
pub use smtp::{Smtp, SmtpUrl};

/// A mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// By what a repeat is known: the `Message-ID` is made of it.
    pub id: Uuid,
    /// Whom it is for: an account's id, by which a mail that is kept is found again when its owner is erased.
    pub person: Option<Uuid>,
    /// The address that it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text; lines end with `\n`.
    pub text: String,
    /// The same as HTML, for those who would rather read that.
    pub html: Option<String>,
}

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It may work later.
    #[error("mail cannot be sent at present: {0}")]
    Temporary(String),
    /// It will never work: the address or the text is refused.
    #[error("the mail is refused: {0}")]
    Refused(String),
}

/// Takes mails. At least once: a repeat has the same `Message-ID`.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a mail; `Ok` once somebody else is answerable for it.
    ///
    /// # Errors
    /// Why it was not sent, and whether trying again is of use.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// Who mails are from: `Souk <orders@souk.example>`, or the address alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads a sender.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        text.parse()
            .map(Self)
            .map_err(|_| "must be an address, or a name with an address: Souk <a@b.example>")
    }

    /// The mail as it travels (RFC 5322).
    fn compose(&self, mail: &Mail) -> Result<Message, MailError> {
        let refused = |error: String| MailError::Refused(error);
        let to = mail.to.parse().map_err(|_| refused("the address is none".to_owned()))?;
        let id = format!("<{}@{}>", mail.id.simple(), self.0.email.domain());
        let builder = Message::builder()
            .from(self.0.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .message_id(Some(id));
        let composed = match &mail.html {
            None => builder.header(ContentType::TEXT_PLAIN).body(mail.text.clone()),
            Some(html) => {
                builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone()))
            }
        };
        composed.map_err(|error| refused(error.to_string()))
    }
}
