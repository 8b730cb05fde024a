//! What is held about an account beside the log: its address, its sessions.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, SessionId},
    sealed::{Place, Sealed},
};
use sqlx::{PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Device, Identity};
use crate::{
    CommandError,
    vault::{self, Keys, Vault, VaultError},
};

/// The place that addresses are sealed for.
pub(super) const fn place(account: AccountId) -> Place {
    vault::beside(account, "credentials.email")
}

/// A sealed value as a column holds it.
pub(super) fn stored(sealed: &Sealed) -> Result<String, sqlx::Error> {
    serde_json::to_string(sealed).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// The address of an account that may sign in; `None` where there is no such account, or it is erased.
///
/// # Errors
/// When the database cannot be reached, or the address does not open.
pub async fn email_of(
    pool: &PgPool,
    vault: &Vault,
    account: AccountId,
) -> Result<Option<String>, VaultError> {
    let sealed: Option<String> = sqlx::query_scalar(
        "select email_sealed::text from credentials \
          where account_id = $1 and active and email_sealed is not null",
    )
    .bind(account.as_uuid())
    .fetch_optional(pool)
    .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(vault.open_one(place(account), &read(&sealed)?).await?.text())
}

/// A column as a sealed value.
pub(super) fn read(column: &str) -> Result<Sealed, sqlx::Error> {
    serde_json::from_str(column).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// What is held about an account beside the log. No secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// Its address.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its password was set.
    pub password_changed_at: DateTime<Utc>,
    /// Since when its address is known to be its owner's.
    pub verified_at: Option<DateTime<Utc>>,
    /// Whether a second factor is asked for.
    pub has_second_factor: bool,
    /// Its sessions, newest first.
    pub sessions: Vec<HeldSession>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

/// A session, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSession {
    /// Which.
    pub session: SessionId,
    /// From what it was used last.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last renewed.
    pub last_used_at: DateTime<Utc>,
    /// When it was ended; `None` while it lives.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Identity {
    /// The addresses of some accounts, whether or not they may sign in; who has none is left out. For callers who have
    /// found out that they may be told.
    ///
    /// # Errors
    /// When the database cannot be reached, or an address does not open.
    pub async fn emails_of(
        &self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, String>, CommandError> {
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "select account_id, email_sealed::text from credentials \
              where account_id = any($1) and email_sealed is not null",
        )
        .bind(accounts.iter().map(AccountId::as_uuid).collect::<Vec<_>>())
        .fetch_all(self.log.pool())
        .await?;
        let keys = self.vault.keys(accounts.iter().copied()).await?;
        let mut emails = HashMap::with_capacity(rows.len());
        for (account, sealed) in rows {
            let account = AccountId::from_uuid(account);
            if let Some(email) = keys.open(place(account), &read(&sealed)?)?.text() {
                emails.insert(account, email);
            }
        }
        Ok(emails)
    }

    /// Everything that is held about an account beside the log; `None` where there is nothing (any more).
    ///
    /// # Errors
    /// When the database cannot be reached, or the address does not open.
    pub async fn held(&self, account: AccountId) -> Result<Option<Held>, CommandError> {
        let pool = self.log.pool();
        let row = sqlx::query(
            "select created_at, password_changed_at, verified_at from credentials where account_id = $1",
        )
        .bind(account.as_uuid())
        .fetch_optional(pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sessions = sqlx::query(
            "select session_id, created_at, last_used_at, revoked_at, device_sealed::text as device from sessions \
              where account_id = $1 order by created_at desc",
        )
        .bind(account.as_uuid())
        .fetch_all(pool)
        .await?;
        let keys = self.vault.keys([account]).await?;
        Ok(Some(Held {
            email: self.emails_of(&[account]).await?.remove(&account),
            created_at: row.try_get("created_at")?,
            password_changed_at: row.try_get("password_changed_at")?,
            verified_at: row.try_get("verified_at")?,
            has_second_factor: self.has_second_factor(account).await?,
            sessions: sessions
                .iter()
                .map(|row| read_session(row, &keys, account))
                .collect::<Result<_, _>>()?,
        }))
    }
}

fn read_session(row: &PgRow, keys: &Keys, account: AccountId) -> Result<HeldSession, VaultError> {
    let device: Option<String> = row.try_get("device")?;
    let device = device.map(|column| Device::open(keys, account, &column)).transpose()?;
    Ok(HeldSession {
        session: SessionId::from_uuid(row.try_get("session_id")?),
        device: device.unwrap_or_default(),
        created_at: row.try_get("created_at")?,
        last_used_at: row.try_get("last_used_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
