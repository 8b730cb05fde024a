//! Heads and proofs, for those who ask.

use sqlx::PgPool;
use tlog_tiles::Hash;

use super::{
    store::{self, SealedHead},
    tree,
};
use crate::LogError;

/// The stored tree, for reading.
#[derive(Clone)]
pub struct Evidence(PgPool);

/// That an event is in the tree of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Inclusion {
    /// The hash of the event, as it was sealed.
    pub leaf: Hash,
    /// The audit path, from the leaf up.
    pub path: Vec<Hash>,
    /// The head.
    pub head: SealedHead,
}

/// Why nothing can be proved.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// Not yet: so many events are under a head.
    #[error("only the events up to {0} are under a tree head")]
    Beyond(i64),
    /// There is no head of this size.
    #[error("there is no tree head of {0} events")]
    NoSuchHead(i64),
    /// The database failed, or a hash is not there.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<sqlx::Error> for NotSealed {
    fn from(error: sqlx::Error) -> Self {
        Self::Log(error.into())
    }
}

impl Evidence {
    /// Over the log's database.
    #[must_use]
    pub const fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Up to `limit` heads beyond `cursor` (a size), the newest first or the oldest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn heads(
        &self,
        newest_first: bool,
        cursor: Option<i64>,
        limit: i64,
    ) -> Result<Vec<SealedHead>, LogError> {
        Ok(if newest_first {
            store::heads_below(&self.0, cursor.unwrap_or(i64::MAX), limit).await?
        } else {
            store::heads_after(&self.0, cursor.unwrap_or(0), limit).await?
        })
    }

    /// That the event at `position` is in the tree of the head of `size` events; of the newest head where that is `None`.
    ///
    /// # Errors
    /// When it is under no head yet, or the database fails.
    pub async fn inclusion(&self, position: i64, size: Option<i64>) -> Result<Inclusion, NotSealed> {
        let newest = store::heads_below(&self.0, i64::MAX, 1).await?.pop();
        let sealed = newest.as_ref().map_or(0, |head| head.size);
        let head = match size {
            None => newest,
            Some(size) => {
                let found = store::heads_after(&self.0, size.saturating_sub(1), 1).await?.pop();
                Some(found.filter(|head| head.size == size).ok_or(NotSealed::NoSuchHead(size))?)
            }
        };
        let head =
            head.filter(|head| (1..=head.size).contains(&position)).ok_or(NotSealed::Beyond(sealed))?;
        let (size, index) = (number(head.size)?, number(position - 1)?);
        let mut wanted = tree::inclusion_indexes(size, index);
        let at = tlog_tiles::stored_hash_index(0, index);
        wanted.push(at);
        let known = store::hashes(&self.0, &wanted).await?;
        let leaf = known.get(&at).copied().ok_or_else(missing)?;
        let path = tree::inclusion_proof(size, index, &known).ok_or_else(missing)?;
        Ok(Inclusion { leaf, path, head })
    }

    /// That the tree of `size` events begins with the one of `older`: at least 1, at most `size`.
    ///
    /// # Errors
    /// When not so many events are under a head, or the database fails.
    pub async fn consistency(&self, older: i64, size: i64) -> Result<Vec<Hash>, NotSealed> {
        let sealed = store::sealed_size(&self.0).await?;
        if size > sealed {
            return Err(NotSealed::Beyond(sealed));
        }
        let (older, size) = (number(older)?, number(size)?);
        if !(1..=size).contains(&older) {
            return Err(NotSealed::Beyond(sealed));
        }
        let known = store::hashes(&self.0, &tree::consistency_indexes(size, older)).await?;
        Ok(tree::consistency_proof(size, older, &known).ok_or_else(missing)?)
    }
}

fn number(number: i64) -> Result<u64, LogError> {
    u64::try_from(number).map_err(|_| LogError::Damaged(format!("{number} is no size of a tree")))
}

fn missing() -> LogError {
    LogError::Damaged("a hash of the tree is missing".to_owned())
}
