//! The tables of keys.

use std::sync::Arc;

use domain::ids::{AccountId, DataKeyId};
use event_store::ids;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    NewKey, VaultError,
    cipher::{DataKey, KeyBytes, random_key},
    master::MasterKeys,
};

/// What lookups are hashed with.
pub(super) const LOOKUP: &str = "lookup";
/// What is sealed that belongs to nobody in particular.
pub(super) const NOBODY: &str = "nobody";

/// What a wrapped key is bound to, so that rows cannot be exchanged.
pub(super) fn label(person: AccountId, key: DataKeyId) -> Vec<u8> {
    [
        b"souk/person-key/1".as_slice(),
        person.as_uuid().as_bytes(),
        key.as_uuid().as_bytes(),
    ]
    .concat()
}

/// What a key of no person is bound to.
pub(super) fn label_of(name: &str) -> Vec<u8> {
    [b"souk/vault-key/1".as_slice(), name.as_bytes()].concat()
}

impl NewKey {
    /// Writes it, beside the event that registers the person. Fails where there is a key or a tombstone.
    pub(crate) async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into person_keys (person_id, key_id, master_key_id, wrapped) values ($1, $2, $3, $4)",
        )
        .bind(self.person.as_uuid())
        .bind(self.key.id.as_uuid())
        .bind(&self.master_key_id)
        .bind(self.wrapped.as_ref())
        .execute(connection)
        .await
        .map(drop)
    }
}

/// Destroys a person's key, beside the event that erases the person; a tombstone stays, also where there was no key.
pub(crate) async fn destroy(connection: &mut PgConnection, person: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into person_keys as k (person_id, key_id, erased_at) values ($1, $2, clock_timestamp()) \
         on conflict (person_id) do update set wrapped = null, master_key_id = null, erased_at = clock_timestamp() \
         where k.erased_at is null",
    )
    .bind(person.as_uuid())
    .bind(ids::uuid())
    .execute(connection)
    .await
    .map(drop)
}

/// The keys that there are, of these persons.
pub(super) async fn load(
    pool: &PgPool,
    master: &MasterKeys,
    persons: &[AccountId],
) -> Result<Vec<(AccountId, Arc<DataKey>)>, VaultError> {
    let rows: Vec<(Uuid, Uuid, String, Vec<u8>)> = sqlx::query_as(
        "select person_id, key_id, master_key_id, wrapped from person_keys \
          where person_id = any($1) and erased_at is null",
    )
    .bind(persons.iter().map(AccountId::as_uuid).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|(person, key, master_key_id, wrapped)| {
            let (person, id) = (AccountId::from_uuid(person), DataKeyId::from_uuid(key));
            let bytes = master.unwrap(&master_key_id, &wrapped, &label(person, id))?;
            Ok((person, Arc::new(DataKey::new(id, bytes.as_ref())?)))
        })
        .collect()
}

/// Those of `persons` that are known here and not erased.
pub(super) async fn alive(pool: &PgPool, persons: &[AccountId]) -> Result<Vec<AccountId>, VaultError> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "select person_id from person_keys where person_id = any($1) and erased_at is null",
    )
    .bind(persons.iter().map(AccountId::as_uuid).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(AccountId::from_uuid).collect())
}

/// Every key in the database must be one that this node can unwrap, or it would find out at some reader's expense.
pub(super) async fn check_master_keys(pool: &PgPool, master: &MasterKeys) -> Result<(), VaultError> {
    let known = master.ids();
    let missing: Option<String> = sqlx::query_scalar(
        "select master_key_id from person_keys where master_key_id <> all($1) \
         union all select master_key_id from vault_keys where master_key_id <> all($1) limit 1",
    )
    .bind(known)
    .fetch_optional(pool)
    .await?;
    match missing {
        Some(key_id) => Err(VaultError::MasterKeyMissing { key_id }),
        None => Ok(()),
    }
}

/// A key of no person: made once for the database, by whichever node comes first.
pub(super) async fn own_key(
    pool: &PgPool,
    master: &MasterKeys,
    name: &'static str,
) -> Result<KeyBytes, VaultError> {
    let select = "select master_key_id, wrapped from vault_keys where name = $1";
    let found: Option<(String, Vec<u8>)> = sqlx::query_as(select).bind(name).fetch_optional(pool).await?;
    let (master_key_id, wrapped) = match found {
        Some(found) => found,
        None => {
            let active = master.active();
            sqlx::query(
                "insert into vault_keys (name, master_key_id, wrapped) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(name)
            .bind(active.id())
            .bind(active.wrap(&random_key()?, &label_of(name))?)
            .execute(pool)
            .await?;
            sqlx::query_as(select).bind(name).fetch_one(pool).await?
        }
    };
    master.unwrap(&master_key_id, &wrapped, &label_of(name))
}
