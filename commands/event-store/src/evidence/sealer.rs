//! The sealer: follows the log, grows the tree and signs its heads. One over all nodes; another node takes over when it
//! dies, from what is stored. It reads what is committed and never touches the append lock.

use std::{convert::Infallible, sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tlog_tiles::stored_hash_count;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    encoding::leaf_hash,
    head::TreeHead,
    key::{HeadKey, HeadKeys, KeyRecord},
    note::Note,
    rows::EventRows,
    store::{self, SealedHead},
    tree::Tree,
};
use crate::{
    LogError, LogReader,
    subscription::{Backoff, SubscriptionOptions, connect, try_lock},
};

/// The advisory lock of the one sealer.
const LOCK: &str = "souk sealer";
/// How often a sealer that waits for its turn looks.
const TURN: Duration = Duration::from_secs(2);
/// How often one that has nothing to do makes sure that its connection lives.
const LOOK: Duration = Duration::from_secs(10);
/// A batch that takes longer than this has lost its connection.
const PATIENCE: Duration = Duration::from_secs(60);
/// Events of one transaction: few, so that a backlog does not take the machine from those who write.
const BATCH: i64 = 2_000;

/// How a node seals.
#[derive(Clone)]
pub struct SealerOptions {
    /// Where the database is.
    pub connect: PgConnectOptions,
    /// The key that signs, and those before it.
    pub keys: Arc<HeadKeys>,
    /// No event waits longer for its head.
    pub every: Duration,
    /// Nor do so many events.
    pub each: u32,
}

/// A node's sealer, at work or waiting for its turn.
pub struct Sealer {
    reader: LogReader,
    options: SealerOptions,
    newest: watch::Sender<Option<Arc<SealedHead>>>,
}

/// What the one at work knows.
struct Turn<'s> {
    sealer: &'s Sealer,
    connection: PgConnection,
    key: &'s HeadKey,
    tree: Tree,
    /// How many events are under a head.
    sealed: i64,
    /// Since when events have been waiting.
    since: Option<Instant>,
}

impl Sealer {
    /// A sealer of this log.
    #[must_use]
    pub fn new(reader: LogReader, options: SealerOptions) -> Self {
        Self { reader, options, newest: watch::Sender::new(None) }
    }

    /// Follows the newest head that this node has signed, or has found when its turn came.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<Option<Arc<SealedHead>>> {
        self.newest.subscribe()
    }

    /// Seals when it is this node's turn; never ends. What fails is tried again.
    pub async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            let begun = Instant::now();
            let Err(error) = self.seal_in_turn().await;
            tracing::warn!(error = %error, cause = ?error, "events cannot be sealed at present");
            if begun.elapsed() > PATIENCE {
                backoff = Backoff::new();
            }
            sleep(backoff.next()).await;
        }
    }

    async fn seal_in_turn(&self) -> Result<Infallible, LogError> {
        let key = self.options.keys.signing();
        let key = key.ok_or_else(|| LogError::Damaged("there is no key to sign heads with".to_owned()))?;
        let mut connection = connect(&self.options.connect, &SubscriptionOptions::default()).await?;
        within(sqlx::query("set application_name = 'souk-sealer'").execute(&mut connection)).await?;
        while !within(try_lock(&mut connection, LOCK)).await? {
            sleep(TURN).await;
        }
        let newest = store::heads_below(&mut connection, i64::MAX, 1).await?.pop().map(Arc::new);
        let sealed = newest.as_ref().map_or(0, |head| head.size);
        let tree = store::load_tree(&mut connection, sealed).await?;
        introduce(&mut connection, &self.options.keys, key, sealed).await?;
        self.newest.send_replace(newest);
        show(sealed);
        let mut turn = Turn { sealer: self, connection, key, tree, sealed, since: None };
        let mut log = self.reader.follow();
        loop {
            let reached = log.borrow_and_update().position;
            let wait = turn.advance(reached).await?;
            if let Ok(Err(_)) = timeout_at(Instant::now() + wait, log.changed()).await {
                // The node stops.
                sleep(PATIENCE).await;
            }
        }
    }
}

impl Turn<'_> {
    /// Signs what is due; answers how long there is nothing to do unless the log grows.
    async fn advance(&mut self, reached: i64) -> Result<Duration, LogError> {
        let options = &self.sealer.options;
        let each = i64::from(options.each);
        while reached - self.sealed >= each {
            let whole = (reached - self.sealed).min(BATCH.max(each)) / each * each;
            let begun = Instant::now();
            self.seal(self.sealed + whole).await?;
            self.since = None;
            if reached - self.sealed >= each {
                // Through a backlog at half speed: what has waited so long can wait a little longer.
                sleep(begun.elapsed()).await;
            }
        }
        if reached <= self.sealed {
            within(self.connection.ping()).await?;
            return Ok(LOOK);
        }
        let due = *self.since.get_or_insert_with(Instant::now) + options.every;
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            return Ok(left);
        }
        self.seal(reached).await?;
        self.since = None;
        Ok(LOOK)
    }

    /// Seals everything up to a position, with a head for every so many events and one at the end.
    async fn seal(&mut self, up_to: i64) -> Result<(), LogError> {
        let sealing = self.seal_batch(up_to);
        let silent = || LogError::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
        let newest = timeout(PATIENCE, sealing).await.unwrap_or_else(|_| Err(silent()))?;
        self.sealed = up_to;
        show(up_to);
        self.sealer.newest.send_replace(Some(Arc::new(newest)));
        Ok(())
    }

    async fn seal_batch(&mut self, up_to: i64) -> Result<SealedHead, LogError> {
        let (epoch, now): (i32, DateTime<Utc>) =
            sqlx::query_as("select epoch, now() from log_epoch").fetch_one(&mut self.connection).await?;
        let mut tree = self.tree.clone();
        let (mut hashes, mut heads, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
        let mut last = self.sealed;
        let mut rows = EventRows::open(&mut self.connection, self.sealed, up_to).await?;
        while let Some(event) = rows.next().await? {
            if event.position != last + 1 {
                return Err(missing(last + 1));
            }
            last = event.position;
            hashes.extend(tree.append(leaf_hash(&event, &mut scratch)).ok_or_else(|| missing(last))?);
            if last == up_to || (last - self.sealed) % i64::from(self.sealer.options.each) == 0 {
                heads.push(sign(self.key, &tree, last, epoch, now));
            }
        }
        drop(rows);
        let newest = heads.last().filter(|head| head.size == up_to).cloned();
        let newest = newest.ok_or_else(|| missing(last + 1))?;
        let first = stored_hash_count(self.tree.size());
        store::insert(&mut self.connection, first, &hashes, &heads).await?;
        self.tree = tree;
        Ok(newest)
    }
}

/// For the operators: how far heads reach. A count goes into a gauge as seconds, the lossless way from `u64` to `f64`.
fn show(sealed: i64) {
    metrics::gauge!("souk_evidence_position").set(Duration::from_secs(u64::try_from(sealed).unwrap_or(0)));
}

fn missing(position: i64) -> LogError {
    LogError::Damaged(format!("the event at {position} is missing"))
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(LOOK, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

fn sign(key: &HeadKey, tree: &Tree, size: i64, epoch: i32, now: DateTime<Utc>) -> SealedHead {
    let head = TreeHead {
        origin: key.verifier().name().to_owned(),
        size: tree.size(),
        root: tree.root(),
        epoch: u32::try_from(epoch).unwrap_or(0),
        signed_at: now.trunc_subsecs(0),
    };
    SealedHead {
        size,
        epoch,
        root: head.root.0.to_vec(),
        key_hash: key.verifier().key_hash(),
        signed_at: head.signed_at,
        note: Note::sign(head.text(), &[key]).to_string(),
        key: key.verifier().to_string(),
    }
}

/// Records the key that signs from now on, vouched for by the one before it where that is at hand.
async fn introduce(
    connection: &mut PgConnection,
    keys: &HeadKeys,
    key: &HeadKey,
    after: i64,
) -> Result<(), LogError> {
    let known = store::keys(&mut *connection).await?;
    let key_hash = key.verifier().key_hash();
    if known.iter().any(|known| known.key_hash == key_hash) {
        return Ok(());
    }
    let last = known.last();
    let former = last.and_then(|last| keys.find(&last.key_hash));
    if last.is_some() && former.is_none() {
        tracing::warn!(
            key = %key.verifier(),
            "tree heads are signed by a new key that the one before it does not vouch for: auditors will ask why \
             (docs/operators.md)"
        );
    }
    let record = KeyRecord {
        key: key.verifier().clone(),
        after: u64::try_from(after).unwrap_or(0),
        former: last.and_then(|last| last.key.parse().ok()),
    };
    let note = record.sign(key, former);
    sqlx::query("insert into evidence_keys (key_hash, key, after_size, note) values ($1, $2, $3, $4)")
        .bind(key_hash)
        .bind(key.verifier().to_string())
        .bind(after)
        .bind(note.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
