//! Writing: a queue, and one task that empties it into the table.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use event_store::{copy::CopyRows, ids};
use sqlx::PgPool;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::sleep,
};
use uuid::Uuid;

use super::{
    AuditEntry,
    origin::{self, Origins},
};
use crate::vault::{Vault, VaultError};

/// Entries that wait at most; beyond that they are counted and dropped, or a silent database would fill the memory.
const QUEUE: usize = 65_536;
/// Entries of one statement.
const BATCH: usize = 1_000;
/// How long entries are gathered.
const GATHER_FOR: Duration = Duration::from_millis(100);
/// Between two attempts.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Attempts of a node that stops.
const LAST_ATTEMPTS: usize = 3;

const COLUMNS: &[&str] = &[
    "id",
    "at",
    "request_id",
    "actor",
    "method",
    "route",
    "target",
    "status",
    "code",
    "position",
    "origin",
];

/// The audit log. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog(Arc<Inner>);

struct Inner {
    queue: mpsc::Sender<(Uuid, AuditEntry)>,
    closing: watch::Sender<bool>,
    writer: Mutex<Option<JoinHandle<()>>>,
    pool: PgPool,
    vault: Vault,
}

struct Writer {
    pool: PgPool,
    origins: Origins,
    closing: watch::Receiver<bool>,
}

impl AuditLog {
    /// Begins to write; to be called within a runtime of tokio.
    #[must_use]
    pub fn start(pool: PgPool, vault: Vault) -> Self {
        // So that it is told from the start that none is.
        metrics::counter!("souk_audit_entries_lost_total").increment(0);
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (closing, is_closing) = watch::channel(false);
        let writer = Writer {
            pool: pool.clone(),
            origins: Origins::new(pool.clone(), vault.clone()),
            closing: is_closing,
        };
        let writer = tokio::spawn(writer.run(waiting));
        Self(Arc::new(Inner {
            queue,
            closing,
            writer: Mutex::new(Some(writer)),
            pool,
            vault,
        }))
    }

    /// Notes an entry. Never waits.
    pub fn note(&self, entry: AuditEntry) {
        if self.0.queue.try_send((ids::uuid(), entry)).is_err() {
            lost(1);
        }
    }

    /// Writes what waits, and ends.
    pub async fn close(&self) {
        self.0.closing.send_replace(true);
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            drop(writer.await);
        }
    }

    /// Forgets where strangers called from months ago.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn forget_strangers(&self) -> Result<u64, sqlx::Error> {
        origin::forget_strangers(&self.0.pool).await
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.0.vault
    }
}

fn lost(entries: usize) {
    let entries = u64::try_from(entries).unwrap_or(u64::MAX);
    metrics::counter!("souk_audit_entries_lost_total").increment(entries);
    tracing::error!(entries, "entries of the audit log are lost: they cannot be written");
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<(Uuid, AuditEntry)>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                taken = queue.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                () = closed(&mut self.closing) => {}
            }
            // More will come soon. A close cuts the wait short.
            if !batch.is_empty() && batch.len() < BATCH {
                drop(tokio::time::timeout(GATHER_FOR, closed(&mut self.closing)).await);
                while batch.len() < BATCH
                    && let Ok(entry) = queue.try_recv()
                {
                    batch.push(entry);
                }
            }
            self.write(&batch).await;
            batch.clear();
            if *self.closing.borrow() && queue.is_empty() {
                return;
            }
        }
    }

    /// Until it is done. A repeat after an answer that was lost writes nothing twice.
    async fn write(&self, batch: &[(Uuid, AuditEntry)]) {
        let mut attempts = 0;
        while !batch.is_empty() {
            attempts += 1;
            match self.insert(batch).await {
                Ok(()) => return,
                Err(error) if attempts >= LAST_ATTEMPTS && (*self.closing.borrow() || is_refused(&error)) => {
                    tracing::error!(%error, "the audit log takes no entries");
                    return lost(batch.len());
                }
                Err(error) => tracing::warn!(%error, "the audit log cannot be written at present"),
            }
            sleep(RETRY_AFTER).await;
        }
    }

    async fn insert(&self, batch: &[(Uuid, AuditEntry)]) -> Result<(), VaultError> {
        let mut rows = CopyRows::into_table("audit_log", COLUMNS);
        for (id, entry) in batch {
            let origin = self.origins.of(entry).await?;
            rows.row()
                .uuid(*id)
                .time(entry.at)
                .uuid(entry.request)
                .text(&entry.actor.to_string())
                .text(entry.method)
                .maybe_text(entry.route.as_deref())
                .maybe_text(entry.target.as_deref())
                .int2(i16::try_from(entry.status).unwrap_or(0))
                .maybe_text(entry.code.as_deref())
                .maybe_int8(entry.position)
                .maybe_uuid(origin);
        }
        match rows.send(&mut *self.pool.acquire().await?).await {
            // All of it was written by the attempt whose answer was lost.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(()),
            written => Ok(written?),
        }
    }
}

/// Resolves when the log is closed, and never before.
async fn closed(closing: &mut watch::Receiver<bool>) {
    if closing.wait_for(|is_closing| *is_closing).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether the database has answered, and will answer the same again: class 22 of SQLSTATE, data exceptions.
fn is_refused(error: &VaultError) -> bool {
    let VaultError::Database(sqlx::Error::Database(error)) = error else {
        return false;
    };
    error.code().is_some_and(|code| code.starts_with("22"))
}
