//! API keys: how programs are let in. A key shows itself by its id and a secret, may do what its scopes say and nothing
//! else, and is nobody's account: it has no profile, no orders and no session of its own.
//!
//! The secret is 256 random bits, so nobody guesses it, however fast the hash: what slows down guesses at passwords
//! (argon2id) would only slow down every request. A keyed hash (HMAC-SHA256 with a key of the vault) is kept, so that
//! a copy of the table neither lets anybody in nor can be compared with secrets from elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{ApiKey, ApiKeyCommand, ApiKeyError, Role},
    ids::{AccountId, ApiKeyId, CompanyId},
    text::{ApiKeyName, Code, Zone},
};
use event_store::{Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{ApiKeys, Identity, SCOPE_NOT_CONFINED, Secret, secret::random_text};
use crate::{
    Call, Caller, CommandError, Permission, Refused, UseCase,
    execute::{FORBIDDEN, execute, judge, refuse},
    vault::Vault,
};

/// A key to create.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is called.
    pub name: ApiKeyName,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The company that it is confined to.
    pub company: Option<CompanyId>,
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
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The company that it is confined to.
    pub company: Option<CompanyId>,
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

pub(super) fn hash(vault: &Vault, id: ApiKeyId, secret: &str) -> [u8; 32] {
    vault.lookup("api_key", &format!("{id} {secret}"))
}

impl Identity {
    /// Creates a key. Its secret is in the answer and nowhere else. A key that is confined to zones may have the scopes
    /// that a location admin has, one that is confined to a company those of a vendor, and sees and does no more.
    ///
    /// # Errors
    /// `permission_denied` (also for a key that would be wider than who makes it), `identity.scopes_required`,
    /// `identity.scope_not_confined`.
    pub async fn create_api_key(&self, call: &Call, new: NewApiKey) -> Result<CreatedApiKey, CommandError> {
        call.require(UseCase::CreateApiKey)?;
        check_width(&call.caller, &new)?;
        if !new.scopes.iter().all(|scope| suits(*scope, &new.zones, new.company)) {
            return Err(SCOPE_NOT_CONFINED.refusal_at("/scopes").into());
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
            zones: new.zones.clone(),
            company: new.company,
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
            let create = ApiKeyCommand::Create {
                name: new.name.clone(),
                scopes: codes.clone(),
                zones: new.zones.clone(),
                company: new.company,
                expires_at,
            };
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
        self.api_keys.forget(id);
        Ok(executed)
    }

    /// Every key, the newest first, revoked and expired ones too.
    ///
    /// # Errors
    /// `permission_denied`.
    pub async fn list_api_keys(&self, call: &Call) -> Result<Vec<ApiKeyRow>, CommandError> {
        call.require(UseCase::ListApiKeys)?;
        let rows = sqlx::query(
            "select key_id, name, scopes, zones, company_id, created_by, created_at, expires_at, last_used_at, revoked_at \
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
    zones: Vec<Zone>,
    company: Option<CompanyId>,
    created_by: Option<AccountId>,
    expires_at: DateTime<Utc>,
}

impl NewRow {
    async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into api_keys (key_id, name, secret_hash, scopes, created_by, expires_at, zones, company_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(self.id.as_uuid())
        .bind(self.name.as_str())
        .bind(self.hash.as_slice())
        .bind(&self.scopes)
        .bind(self.created_by.map(|account| account.as_uuid()))
        .bind(self.expires_at)
        .bind(self.zones.iter().map(Zone::as_str).collect::<Vec<_>>())
        .bind(self.company.map(|company| company.as_uuid()))
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

/// Nobody makes a key that may more than its maker, or reaches further.
fn check_width(caller: &Caller, new: &NewApiKey) -> Result<(), CommandError> {
    if !new.scopes.iter().all(|scope| caller.may(*scope)) {
        return Err(FORBIDDEN.refusal_at("/scopes").into());
    }
    let is_inside = |own: &[Zone]| !new.zones.is_empty() && new.zones.iter().all(|zone| own.contains(zone));
    if !caller.zones().is_none_or(is_inside) {
        return Err(FORBIDDEN.refusal_at("/zones").into());
    }
    if caller.is_foreign(new.company) {
        return Err(FORBIDDEN.refusal_at("/company_id").into());
    }
    Ok(())
}

/// Whether a scope is one whose reach zones, or a company, confine: that of an account which is so confined.
pub(super) fn suits(scope: Permission, zones: &[Zone], company: Option<CompanyId>) -> bool {
    (zones.is_empty() || scope.is_of(Role::LocationAdmin)) && (company.is_none() || scope.is_of(Role::Vendor))
}

/// Where a key is confined to.
pub(super) fn confinement(row: &PgRow) -> Result<(Vec<Zone>, Option<CompanyId>), sqlx::Error> {
    let zones: Vec<String> = row.try_get("zones")?;
    let zones: Result<Vec<Zone>, _> = zones.iter().map(|zone| Zone::parse(zone)).collect();
    let company: Option<Uuid> = row.try_get("company_id")?;
    let damaged = |_| sqlx::Error::Decode("api_keys.zones is damaged".into());
    Ok((zones.map_err(damaged)?, company.map(CompanyId::from_uuid)))
}

/// What a later version of the code could do and this one does not know, a key may not do here.
pub(super) fn scopes(row: &PgRow) -> Result<Vec<Permission>, sqlx::Error> {
    let names: Vec<String> = row.try_get("scopes")?;
    let known = names.into_iter().filter_map(|name| serde_json::from_value(name.into()).ok());
    Ok(known.collect())
}

impl ApiKeyRow {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let (zones, company) = confinement(row)?;
        Ok(Self {
            zones,
            company,
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
