//! Mails to account owners, as they wait in the queue: which letter, to which account, with which token. No address and
//! no secret: both are found when the mail is sent.

use chrono::{DateTime, Utc};
use domain::ids::AccountId;
use event_store::ids;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AuthError, Email, Identity, IdentityOptions,
    mailed::{self, Purpose},
};
use crate::{
    Call, CommandError,
    jobs::{self, NewJob},
};

/// The kind of the jobs that mail them.
pub(crate) const KIND: &str = "account_mail";

/// What a mail to an account's owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Confirm that this address is yours.
    VerifyEmail,
    /// Somebody wanted to register with your address, which has an account.
    AlreadyRegistered,
    /// Choose a new password, as you have asked.
    ResetPassword,
    /// Choose a new password, because somebody who may has ended the old one.
    PasswordRevoked,
    /// An account was made for you: choose its password.
    Invitation,
    /// Your password was changed.
    PasswordChanged,
    /// Your code for signing in.
    OneTimeCode,
    /// A second factor is asked for from now on.
    SecondFactorEnabled,
    /// No second factor is asked for any more.
    SecondFactorDisabled,
}

impl Letter {
    /// What the token in it is good for; `None` where it carries none.
    pub(crate) const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::VerifyEmail => Some(Purpose::VerifyEmail),
            Self::ResetPassword | Self::PasswordRevoked | Self::Invitation => Some(Purpose::ResetPassword),
            Self::OneTimeCode => Some(Purpose::OneTimeCode),
            Self::AlreadyRegistered
            | Self::PasswordChanged
            | Self::SecondFactorEnabled
            | Self::SecondFactorDisabled => None,
        }
    }
}

impl Letter {
    /// When the token in it expires, if it is written now. Who did not ask for a mail may read it a day later.
    fn expiry(self, purpose: Purpose, options: &IdentityOptions) -> DateTime<Utc> {
        match self {
            Self::PasswordRevoked | Self::Invitation => ids::now() + options.verification_life,
            _ => purpose.expiry(options),
        }
    }
}

/// What a job says about its mail.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) account: AccountId,
    pub(crate) letter: Letter,
    pub(crate) token: Option<Uuid>,
}

/// A mail that is about to be queued, with the row of its token.
#[derive(Debug, Clone)]
pub(super) struct Mailing {
    account: AccountId,
    letter: Letter,
    token: Option<(Purpose, Uuid, DateTime<Utc>)>,
    job: Uuid,
    correlation: Uuid,
}

impl Mailing {
    pub(super) fn new(call: &Call, options: &IdentityOptions, account: AccountId, letter: Letter) -> Self {
        let token = letter.purpose().map(|purpose| (purpose, ids::uuid(), letter.expiry(purpose, options)));
        Self {
            account,
            letter,
            token,
            job: ids::uuid(),
            correlation: call.correlation_id,
        }
    }

    /// Queues it in the transaction of what it is about.
    pub(super) async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if let Some((purpose, id, expires_at)) = self.token {
            mailed::give(&mut *connection, self.account, purpose, id, expires_at).await?;
        }
        let payload = Payload {
            account: self.account,
            letter: self.letter,
            token: self.token.map(|(_, id, _)| id),
        };
        let payload = serde_json::to_value(payload).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        jobs::enqueue(connection, &[NewJob::alone(KIND, self.job, payload, self.correlation)]).await
    }
}

/// Counts a request for mail, and says how often there were some of late and when the count begins anew.
const COUNT: &str = "
    insert into mail_requests as m (email_hash, purpose, requests, since) values ($1, $2, 1, now())
    on conflict (email_hash, purpose) do update set
        requests = case when m.since < now() - interval '1 hour' then 1 else least(m.requests + 1, $3 + 1) end,
        since = case when m.since < now() - interval '1 hour' then now() else m.since end
    returning requests, ceil(extract(epoch from since + interval '1 hour' - now()))::bigint";

impl Identity {
    /// Queues a mail to whoever has this address, if somebody has, as `choose` says from whether it is verified. Does
    /// the same work in the database, and takes its time, whether or not there is such an account.
    ///
    /// # Errors
    /// [`AuthError::TooManyMails`], counted by address whether or not it has an account.
    pub(super) async fn mail_owner(
        &self,
        call: &Call,
        email: &Email,
        request: &'static str,
        choose: fn(bool) -> Option<Letter>,
    ) -> Result<(), AuthError> {
        let lookup = email.lookup(&self.vault);
        let mut transaction = self.log.pool().begin().await?;
        let most = i32::try_from(self.options.mails_per_hour).unwrap_or(i32::MAX - 1);
        let (requests, seconds): (i32, i64) = sqlx::query_as(COUNT)
            .bind(lookup.as_slice())
            .bind(request)
            .bind(most)
            .fetch_one(&mut *transaction)
            .await?;
        let found: Option<(Uuid, bool)> = sqlx::query_as(
            "select account_id, verified_at is not null from credentials where email_lookup = $1 and active",
        )
        .bind(lookup.as_slice())
        .fetch_optional(&mut *transaction)
        .await?;
        let letter = found.and_then(|(account, is_verified)| Some((account, choose(is_verified)?)));
        if let Some((account, letter)) = letter
            && requests <= most
        {
            let account = AccountId::from_uuid(account);
            Mailing::new(call, &self.options, account, letter).insert(&mut transaction).await?;
        }
        transaction.commit().await?;
        if requests > most {
            return Err(AuthError::TooManyMails {
                retry_after_seconds: u64::try_from(seconds).unwrap_or(0).max(1),
            });
        }
        Ok(())
    }

    /// Answers no sooner than is usual, so that the time tells nothing of what was done.
    pub(super) async fn unhurried<T>(&self, work: impl Future<Output = T>) -> T {
        let (answer, ()) = tokio::join!(work, tokio::time::sleep(self.options.answer_after));
        answer
    }
}

impl From<AuthError> for CommandError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Failed(error) => error,
            AuthError::Busy => Self::Busy,
            other => Self::Fault(other.to_string()),
        }
    }
}
