//! Tokens and codes that prove something once. A row says that one was given out; the secret is derived from the row's
//! id with a key of the vault. So no table, queue or dump holds it, not even as a hash, and a mail that is sent again
//! says the same.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::ids::AccountId;
use event_store::ids;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Identity, IdentityOptions, MAILED_TOKEN_INVALID, Secret};
use crate::{CommandError, vault::Vault};

/// How many codes there are: six digits.
const CODES: u64 = 1_000_000;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// To confirm an address.
    VerifyEmail,
    /// To choose a new password.
    ResetPassword,
    /// To sign in, as six digits.
    OneTimeCode,
    /// To show a second factor after the first.
    SecondFactor,
}

impl Purpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::OneTimeCode => "one_time_code",
            Self::SecondFactor => "second_factor",
        }
    }

    /// What its secrets are derived under.
    const fn label(self) -> &'static str {
        match self {
            Self::VerifyEmail => "token/verify_email",
            Self::ResetPassword => "token/reset_password",
            Self::OneTimeCode => "token/one_time_code",
            Self::SecondFactor => "token/second_factor",
        }
    }

    /// When one that is given out now expires.
    pub(super) fn expiry(self, options: &IdentityOptions) -> DateTime<Utc> {
        let life = match self {
            Self::VerifyEmail => options.verification_life,
            Self::ResetPassword => options.reset_life,
            Self::OneTimeCode => options.code_life,
            Self::SecondFactor => options.challenge_life,
        };
        ids::now() + life
    }
}

fn derive(vault: &Vault, purpose: Purpose, id: Uuid) -> [u8; 32] {
    vault.lookup(purpose.label(), &id.simple().to_string())
}

/// The token of a row, as it is mailed or answered: 64 characters that a URL can carry.
pub(crate) fn token(vault: &Vault, purpose: Purpose, id: Uuid) -> Secret {
    let bytes = [id.as_bytes().as_slice(), &derive(vault, purpose, id)].concat();
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The code of a row: six digits.
pub(crate) fn code(vault: &Vault, id: Uuid) -> Secret {
    let mut first = [0; 8];
    first.copy_from_slice(derive(vault, Purpose::OneTimeCode, id).split_at(8).0);
    Secret::new(format!("{:06}", u64::from_be_bytes(first) % CODES))
}

/// Which row a token is of; `None` where it is none of ours.
pub(super) fn read(vault: &Vault, purpose: Purpose, shown: &Secret) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(shown.expose().trim()).ok()?;
    let (id, secret) = bytes.split_at_checked(16)?;
    let id = Uuid::from_slice(id).ok()?;
    verify_slices_are_equal(&derive(vault, purpose, id), secret).ok().map(|()| id)
}

/// Compares in constant time.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Whether a token has still its use.
pub(crate) async fn expiry_of(pool: &PgPool, id: Uuid) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(
        "select expires_at from account_tokens where token_id = $1 and used_at is null and expires_at > now()",
    )
    .bind(id)
    .fetch_optional(pool)
    .await
}

/// Gives a token out. Of several mails with tokens for a password or with codes, the last counts.
pub(super) async fn give(
    connection: &mut PgConnection,
    account: AccountId,
    purpose: Purpose,
    id: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    match purpose {
        Purpose::ResetPassword | Purpose::OneTimeCode => {
            withdraw(&mut *connection, account, purpose).await?;
        }
        // Whoever confirms may do so with any of the mails, and several devices may sign in side by side.
        Purpose::VerifyEmail | Purpose::SecondFactor => {}
    }
    sqlx::query(
        "insert into account_tokens (token_id, account_id, purpose, expires_at) values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(account.as_uuid())
    .bind(purpose.as_str())
    .bind(expires_at)
    .execute(connection)
    .await
    .map(drop)
}

/// What was given out for a purpose has no use any more.
pub(super) async fn withdraw(
    connection: &mut PgConnection,
    account: AccountId,
    purpose: Purpose,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_tokens set used_at = now() where account_id = $1 and purpose = $2 and used_at is null",
    )
    .bind(account.as_uuid())
    .bind(purpose.as_str())
    .execute(connection)
    .await
    .map(drop)
}

impl Identity {
    /// Uses a mailed token up: of several who show it at once, one succeeds.
    pub(super) async fn consume(
        &self,
        purpose: Purpose,
        shown: &Secret,
    ) -> Result<(AccountId, Uuid), CommandError> {
        let wrong = || CommandError::from(MAILED_TOKEN_INVALID.refusal_at("/token"));
        let id = read(&self.vault, purpose, shown).ok_or_else(wrong)?;
        let account: Option<Uuid> = sqlx::query_scalar(
            "update account_tokens set used_at = now() \
              where token_id = $1 and purpose = $2 and used_at is null and expires_at > now() \
             returning account_id",
        )
        .bind(id)
        .bind(purpose.as_str())
        .fetch_optional(self.log.pool())
        .await?;
        account.map(|account| (AccountId::from_uuid(account), id)).ok_or_else(wrong)
    }

    /// What the token was for was not done after all.
    pub(super) async fn restore(&self, id: Uuid) -> Result<(), CommandError> {
        sqlx::query("update account_tokens set used_at = null where token_id = $1")
            .bind(id)
            .execute(self.log.pool())
            .await?;
        Ok(())
    }
}
