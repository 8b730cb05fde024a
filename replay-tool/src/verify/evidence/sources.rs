//! Where the hashes come from: computed from the events, and as they were stored when the events were sealed.

use event_store::evidence::{EventRows, Hash, RawEvent, StoredHashes, leaf_hash};
use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use crate::{archive::Archive, source::Source};

/// The events, one after the other, as their positions and hashes.
pub(super) enum Events<'s> {
    Rows {
        rows: EventRows<'s>,
        scratch: Vec<u8>,
    },
    File {
        archive: &'s Archive,
        next: i64,
        scratch: Vec<u8>,
    },
}

/// A connection to read events on, where they are in a database.
pub(super) async fn connection(source: &Source) -> anyhow::Result<Option<PoolConnection<Postgres>>> {
    Ok(match source {
        Source::Database(reader) => Some(reader.pool().acquire().await?),
        Source::File(_) => None,
    })
}

impl<'s> Events<'s> {
    /// From a database also what stands before the first position, where nothing should.
    pub(super) async fn open(
        source: &'s Source,
        connection: Option<&'s mut PgConnection>,
        up_to: i64,
    ) -> anyhow::Result<Self> {
        let scratch = Vec::new();
        match (source, connection) {
            (Source::Database(_), Some(connection)) => {
                let rows = EventRows::open(connection, -i64::MAX, up_to).await?;
                Ok(Self::Rows { rows, scratch })
            }
            (Source::File(archive), _) => Ok(Self::File { archive, next: 1, scratch }),
            (Source::Database(_), None) => Err(anyhow::anyhow!("there is no connection to read on")),
        }
    }

    pub(super) async fn next(&mut self) -> anyhow::Result<Option<(i64, Hash)>> {
        match self {
            Self::Rows { rows, scratch } => {
                let event = rows.next().await?;
                Ok(event.map(|event| (event.position, leaf_hash(&event, scratch))))
            }
            Self::File { archive, next, scratch } => {
                if *next > archive.head().position {
                    return Ok(None);
                }
                let event = archive.event(*next)?;
                *next += 1;
                Ok(Some((event.position, leaf_hash(&RawEvent::of(&event), scratch))))
            }
        }
    }
}

/// The hashes that were stored when events were sealed: of each the leaf, and the subtrees that it completes.
pub(super) enum Sealed<'s> {
    Rows {
        connection: Box<PoolConnection<Postgres>>,
        stored: StoredHashes,
        next: u64,
    },
    File {
        leaves: std::slice::Iter<'s, Hash>,
    },
}

impl<'s> Sealed<'s> {
    pub(super) async fn open(source: &'s Source) -> anyhow::Result<Self> {
        Ok(match connection(source).await? {
            Some(connection) => Self::Rows {
                connection: Box::new(connection),
                stored: StoredHashes::default(),
                next: 1,
            },
            None => match source {
                Source::File(archive) => Self::File { leaves: archive.sealed().leaves.iter() },
                Source::Database(_) => Self::File { leaves: [].iter() },
            },
        })
    }

    /// Those of the next event; of a file only the leaf. Empty where they are missing.
    pub(super) async fn next(&mut self) -> anyhow::Result<Vec<Hash>> {
        match self {
            Self::Rows { connection, stored, next } => {
                let mut hashes = Vec::new();
                for _ in 0..=next.trailing_zeros() {
                    hashes.extend(stored.next(connection).await?);
                }
                *next += 1;
                Ok(hashes)
            }
            Self::File { leaves } => Ok(leaves.next().copied().into_iter().collect()),
        }
    }
}
