//! The tree in its tables.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, PgExecutor, Row, postgres::PgRow};
use tlog_tiles::Hash;

use super::tree::Tree;
use crate::LogError;

/// Hashes of one row: it then lies in its page as a whole, without a place of its own elsewhere.
pub const HASHES_PER_ROW: usize = 60;
const HASH_BYTES: usize = 32;

/// A head as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedHead {
    /// How many events it covers: the last position.
    pub size: i64,
    /// The epoch in which it was signed.
    pub epoch: i32,
    /// The root of the tree, 32 bytes.
    pub root: Vec<u8>,
    /// The key that has signed it, by its eight digits.
    pub key_hash: String,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// The signed note.
    pub note: String,
    /// The public key.
    pub key: String,
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Its eight digits.
    pub key_hash: String,
    /// The public key.
    pub key: String,
    /// It signs heads of more events than this.
    pub after_size: i64,
    /// The note that introduces it.
    pub note: String,
}

const HEADS: &str = "select h.size, h.epoch, h.root, h.key_hash, h.signed_at, h.note, k.key \
                       from evidence_heads h join evidence_keys k using (key_hash)";

impl FromRow<'_, PgRow> for SealedHead {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            size: row.try_get(0)?,
            epoch: row.try_get(1)?,
            root: row.try_get(2)?,
            key_hash: row.try_get(3)?,
            signed_at: row.try_get(4)?,
            note: row.try_get(5)?,
            key: row.try_get(6)?,
        })
    }
}

/// Up to `limit` heads of more events than `after`, the smallest first.
///
/// # Errors
/// When the database fails.
pub async fn heads_after(
    executor: impl PgExecutor<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<SealedHead>, sqlx::Error> {
    let sql = format!("{HEADS} where h.size > $1 order by h.size limit $2");
    sqlx::query_as(&sql).bind(after).bind(limit).fetch_all(executor).await
}

/// Up to `limit` heads of fewer events than `below`, the greatest first.
pub(super) async fn heads_below(
    executor: impl PgExecutor<'_>,
    below: i64,
    limit: i64,
) -> Result<Vec<SealedHead>, sqlx::Error> {
    let sql = format!("{HEADS} where h.size < $1 order by h.size desc limit $2");
    sqlx::query_as(&sql).bind(below).bind(limit).fetch_all(executor).await
}

/// Every key, in the order in which they were introduced.
///
/// # Errors
/// When the database fails.
pub async fn keys(executor: impl PgExecutor<'_>) -> Result<Vec<SealedKey>, sqlx::Error> {
    let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
        "select key_hash, key, after_size, note from evidence_keys order by after_size, recorded_at, key_hash",
    )
    .fetch_all(executor)
    .await?;
    let key = |(key_hash, key, after_size, note)| SealedKey { key_hash, key, after_size, note };
    Ok(rows.into_iter().map(key).collect())
}

/// How many events are under a head.
///
/// # Errors
/// When the database fails.
pub async fn sealed_size(executor: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select coalesce((select max(size) from evidence_heads), 0)")
        .fetch_one(executor)
        .await
}

/// The stored hashes of these indexes; those that are not there are left out.
pub(super) async fn hashes(
    executor: impl PgExecutor<'_>,
    indexes: &[u64],
) -> Result<HashMap<u64, Hash>, sqlx::Error> {
    let wanted: Vec<i64> = indexes.iter().map(|index| i64::try_from(*index).unwrap_or(i64::MAX)).collect();
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "select w.index, h.first_index, h.hashes from unnest($1::bigint[]) w (index) cross join lateral \
         (select first_index, hashes from evidence_hashes where first_index <= w.index \
           order by first_index desc limit 1) h",
    )
    .bind(&wanted)
    .fetch_all(executor)
    .await?;
    let find = |(index, first, hashes): (i64, i64, Vec<u8>)| {
        let nth = usize::try_from(index - first).ok()?;
        let hash = hashes.as_chunks::<HASH_BYTES>().0.get(nth)?;
        Some((u64::try_from(index).ok()?, Hash(*hash)))
    };
    Ok(rows.into_iter().filter_map(find).collect())
}

/// The frontier of the tree of this size, as it is stored.
pub(super) async fn load_tree(executor: impl PgExecutor<'_>, size: i64) -> Result<Tree, LogError> {
    let damaged = || LogError::Damaged(format!("hashes of the tree of {size} events are missing"));
    let size = u64::try_from(size).map_err(|_| damaged())?;
    let indexes = Tree::frontier_indexes(size);
    let known = hashes(executor, &indexes).await?;
    let frontier = indexes.iter().map(|index| known.get(index).copied()).collect::<Option<Vec<_>>>();
    frontier.and_then(|frontier| Tree::resume(size, frontier)).ok_or_else(damaged)
}

/// Stores hashes from `first` on, and the heads over them, in one transaction. Fails where another sealer was quicker.
pub(super) async fn insert(
    connection: &mut PgConnection,
    first: u64,
    hashes: &[Hash],
    heads: &[SealedHead],
) -> Result<(), sqlx::Error> {
    let mut rows: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    let mut next = i64::try_from(first).unwrap_or(i64::MAX);
    for chunk in hashes.chunks(HASHES_PER_ROW) {
        rows.insert(next, chunk.iter().flat_map(|hash| hash.0).collect());
        next = next.saturating_add(i64::try_from(chunk.len()).unwrap_or(0));
    }
    let (indexes, bytes): (Vec<i64>, Vec<Vec<u8>>) = rows.into_iter().unzip();
    let mut transaction = sqlx::Connection::begin(connection).await?;
    sqlx::query(
        "insert into evidence_hashes (first_index, hashes) select * from unnest($1::bigint[], $2::bytea[])",
    )
    .bind(indexes)
    .bind(bytes)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into evidence_heads (size, epoch, root, key_hash, signed_at, note) \
         select * from unnest($1::bigint[], $2::int[], $3::bytea[], $4::text[], $5::timestamptz[], $6::text[])",
    )
    .bind(heads.iter().map(|head| head.size).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.epoch).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.root.as_slice()).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.key_hash.as_str()).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.signed_at).collect::<Vec<_>>())
    .bind(heads.iter().map(|head| head.note.as_str()).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// All stored hashes in their order, a page at a time, so that a tree of any size needs little memory.
#[derive(Default)]
pub struct StoredHashes {
    page: VecDeque<Hash>,
    /// The index of the first hash that is not on the page.
    next: i64,
}

impl StoredHashes {
    const ROWS: i64 = 500;

    /// The next hash; `None` where there is none: the end, or a gap.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Hash>, sqlx::Error> {
        if self.page.is_empty() {
            let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
                "select first_index, hashes from evidence_hashes where first_index >= $1 \
                 order by first_index limit $2",
            )
            .bind(self.next)
            .bind(Self::ROWS)
            .fetch_all(connection)
            .await?;
            for (first, hashes) in rows {
                if first != self.next {
                    break;
                }
                let hashes = hashes.as_chunks::<HASH_BYTES>().0;
                self.page.extend(hashes.iter().map(|hash| Hash(*hash)));
                self.next = self.next.saturating_add(i64::try_from(hashes.len()).unwrap_or(0));
            }
        }
        Ok(self.page.pop_front())
    }
}
