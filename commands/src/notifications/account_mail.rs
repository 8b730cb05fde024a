//! Mails to account owners: the address, the language and the token are found when the mail is sent, so that none of
//! them waits in a queue.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    decider::Decider,
    identity::{Account, AccountEvent, DISPLAY_NAME, LOCALE},
    ids::{AccountId, EventId},
    sealed::Place,
};
use event_store::{AsOf, LogReader};
use integrations::mail::{Mail, Mailer};

use super::{
    Language,
    letters::{self, Contents},
    send::send,
};
use crate::{
    identity::{
        ACCOUNT_MAIL, AccountMailPayload, Letter, Secret, email_of,
        mailed::{self, Purpose},
    },
    jobs::{Job, JobError, JobHandler},
    vault::{Vault, VaultError},
};

/// Mails letters to account owners.
pub struct AccountMail {
    /// Where profiles are read.
    pub log: LogReader,
    /// What opens addresses and makes tokens.
    pub vault: Vault,
    /// What sends them.
    pub mailer: Arc<dyn Mailer>,
    /// The language of who named none.
    pub language: Language,
    /// The page where tokens are used; it gets them after a `#`, which no server sees.
    pub account_url: Option<String>,
}

#[async_trait]
impl JobHandler for AccountMail {
    fn kind(&self) -> &'static str {
        ACCOUNT_MAIL
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let payload: AccountMailPayload = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        let AccountMailPayload { account, letter, token } = payload;
        let pool = self.log.pool();
        let Some(to) = email_of(pool, &self.vault, account).await.map_err(retry)? else {
            tracing::info!(job.id = %job.id, "an account is gone; nothing is mailed");
            return Ok(());
        };
        let carried = match (letter.purpose(), token) {
            (Some(purpose), Some(id)) => {
                let Some(expires_at) = mailed::expiry_of(pool, id).await.map_err(retry)? else {
                    tracing::info!(job.id = %job.id, "a token has lost its use; nothing is mailed");
                    return Ok(());
                };
                let secret = match purpose {
                    Purpose::OneTimeCode => mailed::code(&self.vault, id),
                    _ => mailed::token(&self.vault, purpose, id),
                };
                Some((purpose, secret, expires_at))
            }
            _ => None,
        };
        let owner = Owner::read(&self.log, &self.vault, account).await.map_err(retry)?;
        let link = carried.as_ref().and_then(|(purpose, secret, _)| self.link(*purpose, secret));
        let contents = Contents {
            name: owner.name.as_deref().filter(|_| is_confirmed(letter)),
            secret: carried.as_ref().map(|(_, secret, _)| secret.expose()),
            link: link.as_deref(),
            valid_until: carried.as_ref().map(|(_, _, expires_at)| *expires_at),
        };
        let written = letters::write(owner.language.unwrap_or(self.language), letter, contents);
        let mail = Mail {
            id: job.id,
            person: Some(account.as_uuid()),
            to,
            subject: written.subject,
            text: written.text,
            html: Some(written.html),
        };
        send(self.mailer.as_ref(), &mail).await
    }
}

impl AccountMail {
    fn link(&self, purpose: Purpose, secret: &Secret) -> Option<String> {
        // Codes are short because people type them.
        let page = self.account_url.as_deref().filter(|_| purpose != Purpose::OneTimeCode)?;
        Some(format!("{page}#{}={}", purpose.as_str(), secret.expose()))
    }
}

/// Whether only the owner of a confirmed address gets a letter, who may be called by the name on the account.
const fn is_confirmed(letter: Letter) -> bool {
    match letter {
        Letter::VerifyEmail
        | Letter::AlreadyRegistered
        | Letter::ResetPassword
        | Letter::PasswordRevoked
        | Letter::Invitation => false,
        Letter::PasswordChanged
        | Letter::OneTimeCode
        | Letter::SecondFactorEnabled
        | Letter::SecondFactorDisabled => true,
    }
}

/// What a letter needs of its reader's profile.
#[derive(Default)]
pub(super) struct Owner {
    pub(super) name: Option<String>,
    pub(super) language: Option<Language>,
}

impl Owner {
    pub(super) async fn read(log: &LogReader, vault: &Vault, account: AccountId) -> Result<Self, VaultError> {
        let events = log.read_stream(Account::KIND, &account.stream(), 0, AsOf::Now).await;
        let events = events.map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
        let mut owner = Self::default();
        for event in events.iter().rev() {
            let Ok(AccountEvent::ProfileRevised { display_name, locale, .. }) = event.typed::<AccountEvent>()
            else {
                continue;
            };
            let place = |field| Place { event: EventId::from_uuid(event.metadata.event_id), field };
            if let Some(sealed) = &display_name {
                owner.name = vault.open_one(place(DISPLAY_NAME), sealed).await?.text();
            }
            if let Some(sealed) = &locale {
                let tag = vault.open_one(place(LOCALE), sealed).await?.text();
                owner.language = tag.and_then(|tag| Language::of_tag(&tag));
            }
            break;
        }
        Ok(owner)
    }
}

fn retry(error: impl std::fmt::Display) -> JobError {
    JobError::Retry(error.to_string())
}
