//! Replacing the master key. Values stay as they are: only the keys that seal them are wrapped anew.

use domain::ids::{AccountId, DataKeyId};
use sqlx::PgPool;
use uuid::Uuid;

use super::{MasterKeySource, VaultError, keys, master::MasterKeys};

/// Keys that are wrapped anew in one transaction.
const PIECE: i64 = 1_000;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The master key that wraps everything now.
    pub key_id: String,
    /// Keys that were wrapped anew.
    pub rewrapped: u64,
    /// Master keys that wrapped nothing any more and were removed from the file.
    pub dropped: usize,
}

impl Rotated {
    /// Wraps every key with a new master key (of a file) or with the configured one. Safe beside running nodes, which
    /// find a new key in the file by themselves, and may be repeated. Master keys that wrapped nothing before it began
    /// are dropped: those that it replaces stay until the next time, for whoever was using one meanwhile.
    ///
    /// # Errors
    /// When a master key is missing, the file cannot be written, or the database cannot be reached.
    pub async fn rotate(pool: &PgPool, source: MasterKeySource) -> Result<Self, VaultError> {
        let master = MasterKeys::open(source)?;
        keys::check_master_keys(pool, &master).await?;
        let in_use: Vec<String> = sqlx::query_scalar(
            "select master_key_id from vault_keys \
             union select master_key_id from person_keys where master_key_id is not null",
        )
        .fetch_all(pool)
        .await?;
        let dropped = master.drop_retired(&in_use)?;
        master.rotate()?;
        let active = master.active();
        let mut rewrapped = rewrap_vault(pool, &master).await?;
        loop {
            let piece = rewrap_persons(pool, &master).await?;
            if piece == 0 {
                break;
            }
            rewrapped += piece;
        }
        Ok(Self { key_id: active.id().to_owned(), rewrapped, dropped })
    }
}

async fn rewrap_vault(pool: &PgPool, master: &MasterKeys) -> Result<u64, VaultError> {
    let active = master.active();
    let rows: Vec<(String, String, Vec<u8>)> =
        sqlx::query_as("select name, master_key_id, wrapped from vault_keys where master_key_id <> $1")
            .bind(active.id())
            .fetch_all(pool)
            .await?;
    let mut count = 0;
    for (name, old, wrapped) in rows {
        let label = keys::label_of(&name);
        let anew = active.wrap(&master.unwrap(&old, &wrapped, &label)?, &label)?;
        count += sqlx::query(
            "update vault_keys set master_key_id = $3, wrapped = $4 where name = $1 and master_key_id = $2",
        )
        .bind(&name)
        .bind(&old)
        .bind(active.id())
        .bind(anew)
        .execute(pool)
        .await?
        .rows_affected();
    }
    Ok(count)
}

async fn rewrap_persons(pool: &PgPool, master: &MasterKeys) -> Result<u64, VaultError> {
    let active = master.active();
    let mut transaction = pool.begin().await?;
    // An erasure waits for the row, or has it and is skipped: a tombstone has no master key.
    let rows: Vec<(Uuid, Uuid, String, Vec<u8>)> = sqlx::query_as(
        "select person_id, key_id, master_key_id, wrapped from person_keys \
          where master_key_id <> $1 limit $2 for update",
    )
    .bind(active.id())
    .bind(PIECE)
    .fetch_all(&mut *transaction)
    .await?;
    let mut persons = Vec::with_capacity(rows.len());
    let mut wrapped_anew = Vec::with_capacity(rows.len());
    for (person, key, old, wrapped) in rows {
        let label = keys::label(AccountId::from_uuid(person), DataKeyId::from_uuid(key));
        wrapped_anew.push(active.wrap(&master.unwrap(&old, &wrapped, &label)?, &label)?);
        persons.push(person);
    }
    let count = sqlx::query(
        "update person_keys k set master_key_id = $1, wrapped = w.wrapped \
           from unnest($2::uuid[], $3::bytea[]) w (person_id, wrapped) where k.person_id = w.person_id",
    )
    .bind(active.id())
    .bind(persons)
    .bind(wrapped_anew)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(count)
}
