//! From where somebody asks: personal data, sealed with the person's own key, and gone with it. What is known of
//! strangers is sealed with the vault's key and kept for some months.

use std::time::Duration;

use domain::{
    ids::AccountId,
    sealed::{Place, Sealed},
};
use event_store::ids;
use moka::sync::Cache;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::AuditEntry;
use crate::{
    identity::Device,
    vault::{self, Keys, Vault, VaultError},
};

const FIELD: &str = "audit_origins.sealed";

/// Origins that a node remembers to have written, and for how long.
const REMEMBERED: u64 = 50_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Days that strangers' origins are kept.
const DAYS_OF_STRANGERS: i32 = 90;

const fn place(person: AccountId) -> Place {
    vault::beside(person, FIELD)
}

/// What makes two entries come from the same place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Whence {
    person: Option<AccountId>,
    email: Option<[u8; 32]>,
    user_agent: Option<String>,
    address: Option<String>,
}

/// The origins that this node has written.
pub(super) struct Origins {
    pool: PgPool,
    vault: Vault,
    known: Cache<Whence, Uuid>,
}

impl Origins {
    pub(super) fn new(pool: PgPool, vault: Vault) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED).time_to_live(REMEMBERED_FOR).build();
        Self { pool, vault, known }
    }

    /// The id of an entry's origin, which is written first where that has not been done; `None` where there is nothing
    /// to say, or its person is erased.
    pub(super) async fn of(&self, entry: &AuditEntry) -> Result<Option<Uuid>, VaultError> {
        let Device { user_agent, address } = entry.device.clone();
        if user_agent.is_none() && address.is_none() && entry.email.is_none() {
            return Ok(None);
        }
        let whence = Whence {
            person: entry.person(),
            email: entry.email,
            user_agent,
            address,
        };
        if let Some(id) = self.known.get(&whence) {
            return Ok(Some(id));
        }
        let Some(sealed) = self.seal(whence.person, &entry.device).await? else {
            return Ok(None);
        };
        let id = ids::uuid();
        sqlx::query(
            "insert into audit_origins (id, person_id, email_lookup, sealed) values ($1, $2, $3, $4::json)",
        )
        .bind(id)
        .bind(whence.person.map(|person| person.as_uuid()))
        .bind(whence.email.map(|email| email.to_vec()))
        .bind(sealed)
        .execute(&self.pool)
        .await?;
        self.known.insert(whence, id);
        Ok(Some(id))
    }

    async fn seal(&self, person: Option<AccountId>, device: &Device) -> Result<Option<String>, VaultError> {
        let text = serde_json::to_string(device).unwrap_or_default();
        let column = match person {
            Some(person) => {
                let sealed = self.vault.keys([person]).await?.seal(person, place(person), &text)?;
                let Some(sealed) = sealed else { return Ok(None) };
                serde_json::to_string(&sealed)
            }
            None => serde_json::to_string(&self.vault.seal_for_nobody(FIELD, &text)?),
        };
        let column = column.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        Ok(Some(column))
    }
}

/// What a column of origins says; nothing where its person is erased, or the row was tampered with.
pub(super) fn open(vault: &Vault, keys: &Keys, person: Option<AccountId>, column: &str) -> Device {
    let text = match person {
        Some(person) => serde_json::from_str::<Sealed>(column)
            .ok()
            .and_then(|sealed| keys.open(place(person), &sealed).ok()?.text()),
        None => serde_json::from_str::<String>(column)
            .ok()
            .and_then(|sealed| vault.open_for_nobody(FIELD, &sealed)),
    };
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Forgets where a person called from, beside the event that erases the person; `email` is the keyed hash of the address
/// that strangers may have tried.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    person: AccountId,
    email: Option<&[u8]>,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from audit_origins where person_id = $1 or (person_id is null and email_lookup = $2)")
        .bind(person.as_uuid())
        .bind(email)
        .execute(connection)
        .await
        .map(drop)
}

/// Forgets where strangers called from months ago. Answers how many origins went.
pub(super) async fn forget_strangers(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query(
        "delete from audit_origins where id = any (array (
             select id from audit_origins
              where person_id is null and seen_at < now() - make_interval(days => $1) limit 10000))",
    )
    .bind(DAYS_OF_STRANGERS)
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}
