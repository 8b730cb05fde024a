//! API keys: how programs are let in. A key shows itself by its id and a secret, may do what its scopes say and nothing
//! else, and is nobody's account: it has no profile, no orders and no session of its own.
//!
//! The secret is 256 random bits, so nobody guesses it, however fast the hash: what slows down guesses at passwords
//! (argon2id) would only slow down every request. A keyed hash (HMAC-SHA256 with a key of the vault) is kept, so that
//! a copy of the table neither lets anybody in nor can be compared with secrets from elsewhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{ApiKey, ApiKeyCommand, ApiKeyError, Role},
    ids::{AccountId, ApiKeyId, SessionId},
    text::{ApiKeyName, Code},
};
use event_store::{Executed, StreamRef, ids};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

use super::{AuthError, Identity, Secret, secret::random_text};
use crate::{
    Call, CommandError, KeyScopes, Permission, Principal, Refused, UseCase,
    execute::{FORBIDDEN, execute, judge, refuse},
    vault::Vault,
};

/// A key that was looked up is believed for so long: by then every node knows that it was revoked.
const BELIEVED: Duration = Duration::from_secs(2);

/// Keys that are remembered, those that do not exist included.
const REMEMBERED: u64 = 10_000;

/// The longest secret that is looked at.
const MAX_SECRET_BYTES: usize = 256;

/// A key to create.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is called.
    pub name: ApiKeyName,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// For how long.
    pub life: TimeDelta,
}

/// A key that was created. The secret is shown this once.
#[derive(Debug, Clone)]
pub struct CreatedApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// Its secret.
    pub secret: Secret,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A key as it is listed.
#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    /// Which.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// Who made it.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Accepted {
    id: ApiKeyId,
}

fn scope_name(scope: Permission) -> Result<String, CommandError> {
    match serde_json::to_value(scope) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        Ok(_) | Err(_) => Err(CommandError::Fault("a permission has no name".to_owned())),
    }
}

fn hash(vault: &Vault, id: ApiKeyId, secret: &str) -> [u8; 32] {
    vault.lookup("api_key", &format!("{id} {secret}"))
}

impl Identity {
    /// Creates a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// `permission_denied`, `identity.scopes_required`.
    pub async fn create_api_key(&self, call: &Call, new: NewApiKey) -> Result<CreatedApiKey, CommandError> {
        call.require(UseCase::CreateApiKey)?;
        // A key that may make keys makes none that may more.
        if !new.scopes.iter().all(|scope| call.caller.may(*scope)) {
            return Err(FORBIDDEN.refusal_at("/scopes").into());
        }
        let id = ApiKeyId::from_uuid(ids::uuid());
        let secret = Secret::new(random_text(32)?);
        let expires_at = ids::now() + new.life;
        let scopes = new.scopes.iter().map(|scope| scope_name(*scope)).collect::<Result<Vec<_>, _>>()?;
        let row = NewRow {
            id,
            name: new.name.clone(),
            hash: hash(&self.vault, id, secret.expose()),
            scopes: scopes.clone(),
            created_by: call.caller.account(),
            expires_at,
        };
        let codes = scopes.iter().map(|scope| Code::parse(scope)).collect::<Result<Vec<_>, _>>();
        let codes = codes.map_err(|error| CommandError::Fault(error.to_string()))?;
        let unit =
            call.unit().reads(StreamRef::new_of::<ApiKey>(id.stream().as_str())).beside(move |connection| {
                let row = row.clone();
                Box::pin(async move { row.insert(connection).await })
            });
        execute(&self.log, call, unit, move |decision| {
            let create = ApiKeyCommand::Create { name: new.name.clone(), scopes: codes.clone(), expires_at };
            judge::<ApiKey>(decision, &id.stream(), create)?;
            Ok(Accepted { id })
        })
        .await?;
        Ok(CreatedApiKey { id, secret, expires_at })
    }

    /// Revokes a key: on this node at once, on every other within seconds. Revoking twice is revoking once.
    ///
    /// # Errors
    /// `permission_denied`, `identity.api_key_not_found`.
    pub async fn revoke_api_key(&self, call: &Call, id: ApiKeyId) -> Result<Executed<()>, CommandError> {
        call.require(UseCase::RevokeApiKey)?;
        let unit = call
            .unit()
            .reads(StreamRef::of::<ApiKey>(id.stream().as_str()))
            .beside(move |connection| Box::pin(async move { revoke(connection, id).await }));
        let executed = execute(&self.log, call, unit, move |decision| {
            if !decision.state::<ApiKey>(&id.stream())?.exists() {
                return refuse(Refused::of(&ApiKeyError::NotFound));
            }
            judge::<ApiKey>(decision, &id.stream(), ApiKeyCommand::Revoke)?;
            Ok(())
        })
        .await?;
        self.api_keys.known.invalidate(&id);
        Ok(executed)
    }

    /// Every key, the newest first, revoked and expired ones too.
    ///
    /// # Errors
    /// `permission_denied`.
    pub async fn list_api_keys(&self, call: &Call) -> Result<Vec<ApiKeyRow>, CommandError> {
        call.require(UseCase::ListApiKeys)?;
        let rows = sqlx::query(
            "select key_id, name, scopes, created_by, created_at, expires_at, last_used_at, revoked_at \
               from api_keys order by key_id desc",
        )
        .fetch_all(self.log.pool())
        .await?;
        Ok(rows.iter().map(ApiKeyRow::read).collect::<Result<_, _>>()?)
    }

    /// Lets programs in.
    #[must_use]
    pub const fn api_keys(&self) -> &ApiKeys {
        &self.api_keys
    }
}

#[derive(Clone)]
struct NewRow {
    id: ApiKeyId,
    name: ApiKeyName,
    hash: [u8; 32],
    scopes: Vec<String>,
    created_by: Option<AccountId>,
    expires_at: DateTime<Utc>,
}

impl NewRow {
    async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into api_keys (key_id, name, secret_hash, scopes, created_by, expires_at) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.id.as_uuid())
        .bind(self.name.as_str())
        .bind(self.hash.as_slice())
        .bind(&self.scopes)
        .bind(self.created_by.map(|account| account.as_uuid()))
        .bind(self.expires_at)
        .execute(connection)
        .await
        .map(drop)
    }
}

async fn revoke(connection: &mut PgConnection, id: ApiKeyId) -> Result<(), sqlx::Error> {
    sqlx::query("update api_keys set revoked_at = clock_timestamp() where key_id = $1 and revoked_at is null")
        .bind(id.as_uuid())
        .execute(connection)
        .await
        .map(drop)
}

/// What a later version of the code could do and this one does not know, a key may not do here.
fn scopes(row: &PgRow) -> Result<Vec<Permission>, sqlx::Error> {
    let names: Vec<String> = row.try_get("scopes")?;
    let known = names.into_iter().filter_map(|name| serde_json::from_value(name.into()).ok());
    Ok(known.collect())
}

impl ApiKeyRow {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.try_get("key_id")?),
            name: row.try_get("name")?,
            scopes: scopes(row)?,
            created_by: row.try_get::<Option<Uuid>, _>("created_by")?.map(AccountId::from_uuid),
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            last_used_at: row.try_get("last_used_at")?,
            revoked_at: row.try_get("revoked_at")?,
        })
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
            "select secret_hash, scopes, expires_at from api_keys where key_id = $1 and revoked_at is null",
        )
        .bind(id.as_uuid())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let principal = Principal {
            // No account has a key's id, so a key is nobody's self.
            account: AccountId::from_uuid(id.as_uuid()),
            session: SessionId::from_uuid(id.as_uuid()),
            role: Role::SuperAdmin,
            zones: Vec::new(),
            company: None,
            key: Some(KeyScopes { id, scopes: scopes(&row)? }),
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
