//! What a node must hear of from the others: sessions that ended, and signing keys that come and go.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{AccountId, SessionId};
use event_store::ids;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{IdentityError, IdentityOptions, keys::KeyRing};

/// So soon every node knows that a session has ended.
const POLL: Duration = Duration::from_secs(1);

/// Turns of the poll between two renewals of this node's own keys.
const TURNS_PER_RENEWAL: u64 = 600;

/// How far back each look reaches beyond the newest known end: a transaction may commit later than it began.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// Sessions that ended while access tokens of theirs may still be valid, and accounts that were erased with theirs.
#[derive(Default)]
pub(super) struct Revocations {
    ended: RwLock<HashMap<SessionId, DateTime<Utc>>>,
    erased: RwLock<HashMap<AccountId, DateTime<Utc>>>,
}

impl Revocations {
    pub(super) fn contains(&self, session: SessionId) -> bool {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    pub(super) fn is_erased(&self, account: AccountId) -> bool {
        self.erased.read().unwrap_or_else(PoisonError::into_inner).contains_key(&account)
    }

    /// Known here at once, before the next poll.
    pub(super) fn insert(&self, session: SessionId) {
        self.ended.write().unwrap_or_else(PoisonError::into_inner).insert(session, ids::now());
    }

    /// Reads what ended since the last look, and forgets what is over: a token that old has expired.
    pub(super) async fn refresh(
        &self,
        pool: &PgPool,
        options: &IdentityOptions,
    ) -> Result<(), IdentityError> {
        let oldest = ids::now() - options.access_life - OVERLAP;
        let since = since(&self.ended, oldest);
        let rows: Vec<(Uuid, DateTime<Utc>)> =
            sqlx::query_as("select session_id, revoked_at from sessions where revoked_at > $1")
                .bind(since)
                .fetch_all(pool)
                .await?;
        let rows = rows.into_iter().map(|(session, at)| (SessionId::from_uuid(session), at));
        renew(&self.ended, rows, oldest);
        // The sessions of the erased are gone, so their tokens are known by the account.
        let since = self::since(&self.erased, oldest);
        let rows: Vec<(Uuid, DateTime<Utc>)> =
            sqlx::query_as("select person_id, erased_at from person_keys where erased_at > $1")
                .bind(since)
                .fetch_all(pool)
                .await?;
        let rows = rows.into_iter().map(|(account, at)| (AccountId::from_uuid(account), at));
        renew(&self.erased, rows, oldest);
        Ok(())
    }
}

/// From when on to look: from the newest known one, but not further back than tokens live.
fn since<T>(known: &RwLock<HashMap<T, DateTime<Utc>>>, oldest: DateTime<Utc>) -> DateTime<Utc> {
    let newest = known.read().unwrap_or_else(PoisonError::into_inner).values().max().copied();
    newest.map_or(oldest, |newest| (newest - OVERLAP).max(oldest))
}

fn renew<T: Eq + Hash>(
    known: &RwLock<HashMap<T, DateTime<Utc>>>,
    rows: impl Iterator<Item = (T, DateTime<Utc>)>,
    oldest: DateTime<Utc>,
) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    known.extend(rows);
    known.retain(|_, at| *at > oldest);
}

/// The task that polls; ends when it is dropped.
pub(super) struct Watch(JoinHandle<()>);

impl Watch {
    pub(super) fn start(
        pool: PgPool,
        options: Arc<IdentityOptions>,
        keys: Arc<KeyRing>,
        revocations: Arc<Revocations>,
    ) -> Self {
        Self(tokio::spawn(async move {
            for turn in 1_u64.. {
                tokio::time::sleep(POLL).await;
                if let Err(error) = poll(&pool, &options, &keys, &revocations, turn).await {
                    tracing::warn!(error = %error, "ended sessions and signing keys cannot be followed; trying again");
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

async fn poll(
    pool: &PgPool,
    options: &IdentityOptions,
    keys: &KeyRing,
    revocations: &Revocations,
    turn: u64,
) -> Result<(), IdentityError> {
    revocations.refresh(pool, options).await?;
    keys.follow(pool).await?;
    if turn.is_multiple_of(TURNS_PER_RENEWAL) {
        keys.publish(pool).await?;
        forget_expired(pool).await?;
    }
    Ok(())
}

/// Drops what is of no use any more: tokens that have expired, sessions without any, and old failures.
async fn forget_expired(pool: &PgPool) -> Result<(), IdentityError> {
    for statement in [
        "delete from refresh_tokens where expires_at < now() - interval '1 day'",
        "delete from sessions s where s.last_used_at < now() - interval '1 day' \
         and not exists (select from refresh_tokens t where t.session_id = s.session_id)",
        "delete from login_failures where failed_at < now() - interval '1 day'",
        "delete from account_tokens where expires_at < now() - interval '1 day'",
        "delete from mail_requests where since < now() - interval '1 day'",
        "delete from signing_keys where last_seen_at < now() - interval '30 days' and withdrawn_at is null",
    ] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}
