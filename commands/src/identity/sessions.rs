//! One's sessions: which there are, and ending them.

use chrono::{DateTime, Utc};
use domain::ids::{AccountId, SessionId};
use sqlx::Row;

use super::{AuthError, Email, Identity, device::Device};
use crate::Principal;

/// A session that can still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// Which.
    pub session: SessionId,
    /// From what it was used last.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last renewed.
    pub last_used_at: DateTime<Utc>,
}

impl Identity {
    /// What stands for an address where the address itself must not: its keyed hash.
    #[must_use]
    pub fn email_lookup(&self, email: &Email) -> [u8; 32] {
        email.lookup(&self.vault)
    }

    /// The sessions of an account that are neither ended nor expired, the newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<LiveSession>, AuthError> {
        let rows = sqlx::query(
            "select session_id, created_at, last_used_at, device_sealed::text as device from sessions s \
              where account_id = $1 and revoked_at is null and exists (select from refresh_tokens t \
                    where t.session_id = s.session_id and t.used_at is null and t.expires_at > now()) \
              order by created_at desc, session_id desc",
        )
        .bind(account.as_uuid())
        .fetch_all(self.log.pool())
        .await?;
        let keys = self.vault.keys([account]).await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in &rows {
            let device: Option<String> = row.try_get("device")?;
            let device = device.map(|column| Device::open(&keys, account, &column)).transpose()?;
            sessions.push(LiveSession {
                session: SessionId::from_uuid(row.try_get("session_id")?),
                device: device.unwrap_or_default(),
                created_at: row.try_get("created_at")?,
                last_used_at: row.try_get("last_used_at")?,
            });
        }
        Ok(sessions)
    }

    /// Ends one of the caller's sessions: on this node at once, on every other within seconds. False where the caller
    /// has no such session that lives.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn end_session(&self, caller: &Principal, session: SessionId) -> Result<bool, AuthError> {
        let ended = sqlx::query(
            "update sessions set revoked_at = clock_timestamp() \
              where session_id = $1 and account_id = $2 and revoked_at is null",
        )
        .bind(session.as_uuid())
        .bind(caller.account.as_uuid())
        .execute(self.log.pool())
        .await?;
        let is_ended = ended.rows_affected() == 1;
        if is_ended {
            self.revocations.insert(session);
        }
        Ok(is_ended)
    }
}
