//! Verifying API keys: looked up once, then believed for as long as it takes every node to hear that one was revoked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use domain::{
    identity::Role,
    ids::{AccountId, ApiKeyId, CompanyId, SessionId},
    text::Zone,
};
use event_store::ids;
use moka::sync::Cache;
use sqlx::{PgPool, Row};

use super::{
    AuthError,
    api_keys::{confinement, hash, scopes, suits},
};
use crate::{KeyScopes, Principal, vault::Vault};

/// A key that was looked up is believed for so long: by then every node knows that it was revoked.
const BELIEVED: Duration = Duration::from_secs(2);

/// Keys that are remembered, those that do not exist included.
const REMEMBERED: u64 = 10_000;

/// The longest secret that is looked at.
const MAX_SECRET_BYTES: usize = 256;

/// The role of an account that is confined as a key is.
const fn role(zones: &[Zone], company: Option<CompanyId>) -> Role {
    match (company, zones) {
        (Some(_), _) => Role::Vendor,
        (None, []) => Role::SuperAdmin,
        (None, _) => Role::LocationAdmin,
    }
}

/// A key that is good, as it was looked up.
struct Known {
    id: ApiKeyId,
    hash: Vec<u8>,
    expires_at: DateTime<Utc>,
    principal: Arc<Principal>,
    /// Its use was noted since it was looked up.
    is_noted: AtomicBool,
}

/// Verifies keys. Cheap to clone.
#[derive(Clone)]
pub struct ApiKeys {
    pool: PgPool,
    vault: Vault,
    known: Cache<ApiKeyId, Option<Arc<Known>>>,
}

impl ApiKeys {
    pub(super) fn new(pool: PgPool, vault: Vault) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED).build();
        Self { pool, vault, known }
    }

    /// It was changed by this node: the next look is a new one.
    pub(super) fn forget(&self, id: ApiKeyId) {
        self.known.invalidate(&id);
    }

    /// Whom a key and its secret speak for.
    ///
    /// # Errors
    /// [`AuthError::InvalidApiKey`] when there is no such key, its secret is another, or it is expired or revoked: which
    /// of these is not told.
    pub async fn verify(&self, key: &str, secret: &str) -> Result<Arc<Principal>, AuthError> {
        let id: ApiKeyId = key.parse().map_err(|_| AuthError::InvalidApiKey)?;
        if secret.len() > MAX_SECRET_BYTES {
            return Err(AuthError::InvalidApiKey);
        }
        // Hashed whether or not there is such a key, so that the time does not tell.
        let shown = hash(&self.vault, id, secret);
        let known = match self.known.get(&id) {
            Some(known) => known,
            None => {
                let known = self.look_up(id).await?;
                self.known.insert(id, known.clone());
                known
            }
        };
        let known = known.ok_or(AuthError::InvalidApiKey)?;
        verify_slices_are_equal(&shown, &known.hash).map_err(|_| AuthError::InvalidApiKey)?;
        if known.expires_at <= ids::now() {
            return Err(AuthError::InvalidApiKey);
        }
        if !known.is_noted.swap(true, Ordering::Relaxed) {
            self.note_use(&known).await?;
        }
        Ok(Arc::clone(&known.principal))
    }

    /// To the minute: not every use is worth a write.
    async fn note_use(&self, known: &Known) -> Result<(), AuthError> {
        sqlx::query(
            "update api_keys set last_used_at = now() \
              where key_id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')",
        )
        .bind(known.id.as_uuid())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn look_up(&self, id: ApiKeyId) -> Result<Option<Arc<Known>>, AuthError> {
        let row = sqlx::query(
            "select secret_hash, scopes, zones, company_id, expires_at from api_keys \
              where key_id = $1 and revoked_at is null",
        )
        .bind(id.as_uuid())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (zones, company) = confinement(&row)?;
        let mut scopes = scopes(&row)?;
        // What such accounts may no longer do, such keys may not either.
        scopes.retain(|scope| suits(*scope, &zones, company));
        let principal = Principal {
            // No account has a key's id, so a key is nobody's self.
            account: AccountId::from_uuid(id.as_uuid()),
            session: SessionId::from_uuid(id.as_uuid()),
            role: role(&zones, company),
            zones,
            company,
            key: Some(KeyScopes { id, scopes }),
        };
        Ok(Some(Arc::new(Known {
            id,
            is_noted: AtomicBool::new(false),
            hash: row.try_get("secret_hash")?,
            expires_at: row.try_get("expires_at")?,
            principal: Arc::new(principal),
        })))
    }
}
