//! Verifying access tokens. A token that was verified once costs a look into memory from then on.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use aws_lc_rs::digest::{SHA256, digest};
use event_store::ids;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous::insecure_decode, decode, decode_header};
use moka::sync::Cache;
use sqlx::PgPool;

use super::{
    AuthError, IdentityOptions,
    keys::KeyRing,
    token::{Claims, TYPE},
    watch::Revocations,
};
use crate::Principal;

/// The longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 4_096;

/// How often an unknown key id may make this node read the published keys at most.
const KEY_REFRESH_PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Verified {
    principal: Arc<Principal>,
    expires_at: i64,
    /// How many keys had been taken away by then.
    removals: u64,
}

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspection {
    /// Who.
    pub principal: Arc<Principal>,
    /// Who signed it.
    pub issuer: String,
    /// In seconds since 1970.
    pub issued_at: i64,
    /// In seconds since 1970.
    pub expires_at: i64,
}

/// Verifies access tokens. Cheap to clone.
#[derive(Clone)]
pub struct TokenVerifier {
    pool: PgPool,
    keys: Arc<KeyRing>,
    revocations: Arc<Revocations>,
    validation: Arc<Validation>,
    /// By SHA-256, so that memory holds no token, and nobody can make two tokens share an entry.
    verified: Cache<[u8; 32], Verified>,
    last_key_refresh: Arc<RwLock<Option<Instant>>>,
}

impl TokenVerifier {
    pub(super) fn new(
        pool: PgPool,
        options: Arc<IdentityOptions>,
        keys: Arc<KeyRing>,
        revocations: Arc<Revocations>,
    ) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&options.issuer]);
        validation.set_audience(&[&options.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        let life = options.access_life.to_std().unwrap_or(Duration::from_secs(3_600));
        Self {
            pool,
            keys,
            revocations,
            validation: Arc::new(validation),
            verified: Cache::builder().max_capacity(options.token_cache).time_to_live(life).build(),
            last_key_refresh: Arc::new(RwLock::new(None)),
        }
    }

    /// Who the token speaks for.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when it is malformed, of another type, issuer, audience or key, expired, or
    /// its session has ended.
    pub async fn verify(&self, token: &str) -> Result<Arc<Principal>, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::InvalidToken);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let verified = match self.verified.get(&hash) {
            Some(verified) if verified.removals == self.keys.removals() => verified,
            Some(_) | None => {
                let verified = self.verify_signature(token).await?;
                self.verified.insert(hash, verified.clone());
                verified
            }
        };
        if verified.expires_at <= ids::now().timestamp() {
            self.verified.invalidate(&hash);
            return Err(AuthError::InvalidToken);
        }
        if self.revocations.contains(verified.principal.session)
            || self.revocations.is_erased(verified.principal.account)
        {
            return Err(AuthError::InvalidToken);
        }
        Ok(verified.principal)
    }

    /// What a valid token says; `None` of any other.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn introspect(&self, token: &str) -> Result<Option<Introspection>, AuthError> {
        let principal = match self.verify(token).await {
            Ok(principal) => principal,
            Err(AuthError::InvalidToken) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Its signature was verified just now, or when it was remembered.
        let claims = insecure_decode::<Claims>(token).map_err(|_| AuthError::InvalidToken)?.claims;
        Ok(Some(Introspection {
            principal,
            issuer: claims.iss,
            issued_at: claims.iat,
            expires_at: claims.exp,
        }))
    }

    async fn verify_signature(&self, token: &str) -> Result<Verified, AuthError> {
        let removals = self.keys.removals();
        let header = decode_header(token).map_err(|_| AuthError::InvalidToken)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(AuthError::InvalidToken);
        }
        let key_id = header.kid.ok_or(AuthError::InvalidToken)?;
        let key = self.key(&key_id).await.ok_or(AuthError::InvalidToken)?;
        let claims =
            decode::<Claims>(token, &key, &self.validation).map_err(|_| AuthError::InvalidToken)?.claims;
        let principal = claims.principal().ok_or(AuthError::InvalidToken)?;
        Ok(Verified {
            principal: Arc::new(principal),
            expires_at: claims.exp,
            removals,
        })
    }

    /// Another node's new key is read from the table, but not for every forged key id.
    async fn key(&self, key_id: &str) -> Option<DecodingKey> {
        if let Some(key) = self.keys.public(key_id) {
            return Some(key);
        }
        {
            let mut last = self.last_key_refresh.write().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < KEY_REFRESH_PAUSE) {
                return None;
            }
            *last = Some(Instant::now());
        }
        if let Err(error) = self.keys.refresh(&self.pool).await {
            tracing::warn!(error = %error, "the published signing keys cannot be read");
        }
        self.keys.public(key_id)
    }
}
