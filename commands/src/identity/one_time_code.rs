//! Signing in with a code that is sent to the account: six digits, for minutes, once. It goes by mail today; whatever
//! carries short messages can carry it as well, because nothing here depends on how it travels.

use sqlx::Row;
use uuid::Uuid;

use super::{
    AuthError, Email, Identity, Letter, Secret, SignIn, account::Standing, device::Device, lockout, mailed,
};
use crate::{Call, vault::Vault};

/// Under what wrong codes for an address are counted.
pub(super) fn lock_key(vault: &Vault, email_lookup: &[u8]) -> [u8; 32] {
    vault.lookup("lock/one_time_code", &super::email::claim_key(email_lookup))
}

impl Identity {
    /// Sends a code for signing in, where the address has an account and is confirmed. An earlier code loses its use.
    ///
    /// # Errors
    /// [`AuthError::TooManyMails`], whether or not there is such an account.
    pub async fn send_code(&self, call: &Call, email: &Email) -> Result<(), AuthError> {
        let mailing = self.mail_owner(call, email, "one_time_code", |is_verified| {
            is_verified.then_some(Letter::OneTimeCode)
        });
        self.unhurried(mailing).await
    }

    /// Signs in with a code. Where the account has a second factor, that is still asked for: a code stands for a
    /// password and for nothing more.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`], [`AuthError::Locked`] after too many wrong ones.
    pub async fn login_with_code(
        &self,
        email: &Email,
        code: &Secret,
        device: &Device,
    ) -> Result<SignIn, AuthError> {
        let pool = self.log.pool();
        let lookup = email.lookup(&self.vault);
        let lock = lock_key(&self.vault, &lookup);
        lockout::attempt(pool, &self.options, &lock).await?;
        let row = sqlx::query(
            "select t.token_id, c.account_id, c.role, c.zones, c.company_id \
               from credentials c join account_tokens t using (account_id) \
              where c.email_lookup = $1 and c.active and c.verified_at is not null \
                and t.purpose = 'one_time_code' and t.used_at is null and t.expires_at > now()",
        )
        .bind(lookup.as_slice())
        .fetch_optional(pool)
        .await?;
        let Some(row) = row else {
            return Err(AuthError::InvalidCode);
        };
        let id: Uuid = row.try_get("token_id")?;
        let is_right = mailed::is_same(mailed::code(&self.vault, id).expose(), code.expose().trim());
        if !is_right || !self.use_up(id).await? {
            return Err(AuthError::InvalidCode);
        }
        lockout::forget(pool, &lock).await?;
        self.admit(Standing::read(&row)?, device).await
    }

    /// Uses a token up; false where somebody was quicker.
    pub(super) async fn use_up(&self, id: Uuid) -> Result<bool, AuthError> {
        let used =
            sqlx::query("update account_tokens set used_at = now() where token_id = $1 and used_at is null")
                .bind(id)
                .execute(self.log.pool())
                .await?;
        Ok(used.rows_affected() == 1)
    }
}
