//! What a node must hear of from the others: who was erased. It forgets the keys, and writes the erasure into its own
//! list, so that every node's list is whole.

use std::{
    sync::{PoisonError, RwLock, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::AccountId;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Inner, VaultError};

/// So soon every node knows.
const POLL: Duration = Duration::from_secs(1);

/// Turns of the poll between two looks at the file of the master keys.
const TURNS_PER_REFRESH: u64 = 5;

/// How far back each look reaches beyond the newest known erasure: a transaction may commit later than it began.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

type Hook = Box<dyn Fn(&[AccountId]) + Send + Sync>;

/// Who wants to know of erasures.
#[derive(Default)]
pub(super) struct Hooks(RwLock<Vec<Hook>>);

impl Hooks {
    pub(super) fn add(&self, hook: Hook) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(hook);
    }

    pub(super) fn call(&self, persons: &[AccountId]) {
        for hook in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            hook(persons);
        }
    }
}

/// The task that polls; ends when it is dropped.
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    pub(super) fn start(vault: Weak<Inner>) -> Self {
        Self(tokio::spawn(async move {
            // From the beginning: an erasure may have been committed by a node that died before it wrote its list.
            let mut since = DateTime::<Utc>::UNIX_EPOCH;
            for turn in 1_u64.. {
                // First, so that whoever wants to hear of erasures is there by then.
                tokio::time::sleep(POLL).await;
                let Some(vault) = vault.upgrade() else { return };
                match follow(&vault, since, turn).await {
                    Ok(newest) => since = newest,
                    Err(error) => {
                        tracing::warn!(error = %error, "erasures cannot be followed; trying again");
                    }
                }
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes note of what was erased since; answers from when on to look the next time.
async fn follow(vault: &Inner, since: DateTime<Utc>, turn: u64) -> Result<DateTime<Utc>, VaultError> {
    if turn.is_multiple_of(TURNS_PER_REFRESH) {
        vault.master.refresh()?;
    }
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select person_id, erased_at from person_keys where erased_at > $1 order by erased_at",
    )
    .bind(since)
    .fetch_all(&vault.pool)
    .await?;
    let mut next = since;
    let unheard: Vec<AccountId> = rows
        .iter()
        .map(|(person, _)| AccountId::from_uuid(*person))
        .filter(|person| !vault.erased.contains_key(person))
        .collect();
    vault.forget(&unheard);
    for (person, erased_at) in rows {
        let person = AccountId::from_uuid(person);
        vault.list.add(person, erased_at).await?;
        next = next.max(erased_at - OVERLAP);
    }
    Ok(next)
}
