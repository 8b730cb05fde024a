//! The keys of access tokens: Ed25519, one per node or one for all. The private half lives in a file that only its owner
//! can read (or in the configuration); the public half is published in a table, so that every node verifies every token,
//! and whoever reads `/.well-known/jwks.json` does too.
//!
//! A key is replaced in steps, which every node takes by itself once an operator has asked for it: a successor is made
//! and published; a while later, when everybody has it, it signs; the old one verifies until its last token has expired.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use jsonwebtoken::DecodingKey;
use serde_json::json;
use sqlx::{PgPool, Row};

use super::{
    IdentityError, IdentityOptions, Secret,
    key_files::{SigningKey, forget_successor, succeed, successor_of},
};

const ALGORITHM: &str = "EdDSA";

/// What a node that renews its key every ten minutes is given before the key counts as nobody's.
const UNSEEN_SECONDS: i64 = 3_600;

/// What clocks and turns of the watch may differ by.
const SLACK_SECONDS: i64 = 60;

/// Where this node's private key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file in PKCS#8 PEM form; made with mode 0600 where there is none, and replaced when an operator asks for it.
    File(PathBuf),
    /// The PEM text itself, from the configuration; share it between nodes that have no folder of their own. The first
    /// key signs, those that follow are published: successors and predecessors.
    Pem(Secret),
}

type PublicKeys = HashMap<String, (String, DecodingKey)>;

/// This node's private keys.
#[derive(Clone)]
struct Held {
    /// Signs.
    active: Arc<SigningKey>,
    /// Are published with it.
    others: Vec<Arc<SigningKey>>,
}

/// How one of this node's keys stands, by the database's clock.
#[derive(Default)]
struct Standing {
    /// Its time has come.
    may_sign: bool,
    /// It was retired or withdrawn.
    is_over: bool,
    /// An operator asked for a successor, to be published for so many seconds before it signs.
    lead_seconds: Option<i32>,
}

/// This node's keys, and every published one.
pub(super) struct KeyRing {
    source: KeySource,
    access_life_seconds: i64,
    held: RwLock<Held>,
    public: RwLock<PublicKeys>,
    /// Counts the times when a key was taken away: what was verified before must be verified again.
    removals: AtomicU64,
}

impl KeyRing {
    pub(super) fn open(source: KeySource, options: &IdentityOptions) -> Result<Self, IdentityError> {
        let mut keys = match &source {
            KeySource::File(path) => vec![SigningKey::load_or_make(path)?],
            KeySource::Pem(pem) => SigningKey::all_from_pem(pem)?,
        }
        .into_iter()
        .map(Arc::new);
        let active = keys.next().ok_or(IdentityError::InvalidKey)?;
        Ok(Self {
            held: RwLock::new(Held { active, others: keys.collect() }),
            access_life_seconds: options.access_life.num_seconds(),
            public: RwLock::default(),
            removals: AtomicU64::new(0),
            source,
        })
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, active: Arc<SigningKey>, others: Vec<Arc<SigningKey>>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { active, others };
    }

    /// The key to sign with.
    pub(super) fn active(&self) -> Arc<SigningKey> {
        self.held().active
    }

    pub(super) fn public(&self, key_id: &str) -> Option<DecodingKey> {
        let keys = self.public.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(key_id).map(|(_, key)| key.clone())
    }

    /// How often a key was taken away so far. Ask before a key is looked up.
    pub(super) fn removals(&self) -> u64 {
        self.removals.load(Ordering::Acquire)
    }

    pub(super) fn jwks(&self) -> serde_json::Value {
        let keys = self.public.read().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<_> = keys.iter().map(|(key_id, (x, _))| (key_id.clone(), x.clone())).collect();
        list.sort();
        let members = list.iter().map(|(key_id, x)| {
            json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": key_id, "x": x})
        });
        json!({ "keys": members.collect::<Vec<_>>() })
    }

    /// Publishes this node's keys, or says that they are still in use.
    pub(super) async fn publish(&self, pool: &PgPool) -> Result<(), IdentityError> {
        let held = self.held();
        for key in std::iter::once(&held.active).chain(&held.others) {
            introduce(pool, key, 0).await?;
        }
        Ok(())
    }

    /// Reads what all nodes have published, as long as a token of it can be good.
    pub(super) async fn refresh(&self, pool: &PgPool) -> Result<(), IdentityError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select key_id, public_key from signing_keys \
              where algorithm = $1 and withdrawn_at is null and last_seen_at > now() - make_interval(secs => $2) \
                and (retired_at is null or retired_at > now() - make_interval(secs => $3))",
        )
        .bind(ALGORITHM)
        .bind(seconds(self.access_life_seconds + UNSEEN_SECONDS))
        .bind(seconds(self.access_life_seconds + SLACK_SECONDS))
        .fetch_all(pool)
        .await?;
        let keys: PublicKeys = rows
            .into_iter()
            .filter_map(|(key_id, x)| DecodingKey::from_ed_components(&x).ok().map(|key| (key_id, (x, key))))
            .collect();
        let mut known = self.public.write().unwrap_or_else(PoisonError::into_inner);
        let is_any_gone = known.keys().any(|key_id| !keys.contains_key(key_id));
        *known = keys;
        if is_any_gone {
            self.removals.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    /// Takes the step of a rotation that is due, if one is, and reads what all nodes have published.
    pub(super) async fn follow(&self, pool: &PgPool) -> Result<(), IdentityError> {
        let held = self.held();
        let standings = standings(pool, &held).await?;
        match &self.source {
            KeySource::File(path) => self.step(pool, path, &held, &standings).await?,
            KeySource::Pem(_) => self.choose(held, &standings),
        }
        self.refresh(pool).await
    }

    async fn step(
        &self,
        pool: &PgPool,
        path: &Path,
        held: &Held,
        standings: &HashMap<String, Standing>,
    ) -> Result<(), IdentityError> {
        let Some(now) = standings.get(&held.active.key_id) else {
            // Somebody has cleared the table.
            return introduce(pool, &held.active, 0).await;
        };
        match held.others.first() {
            Some(next) => {
                let standing = standings.get(&next.key_id);
                if standing.is_some_and(|next| next.is_over) {
                    forget_successor(path)?;
                    self.hold(Arc::clone(&held.active), Vec::new());
                } else if now.is_over || standing.is_some_and(|next| next.may_sign) {
                    self.switch(pool, path, held, next).await?;
                }
                Ok(())
            }
            None if now.is_over => {
                let next = self.announce(pool, path, held, 0).await?;
                self.switch(pool, path, held, &next).await
            }
            None => match now.lead_seconds {
                Some(lead) => self.announce(pool, path, held, lead).await.map(drop),
                None => Ok(()),
            },
        }
    }

    /// Publishes a successor.
    async fn announce(
        &self,
        pool: &PgPool,
        path: &Path,
        held: &Held,
        lead_seconds: i32,
    ) -> Result<Arc<SigningKey>, IdentityError> {
        // Where a process on the same folder was quicker, its key is the successor.
        let there = SigningKey::load_or_make(path)?;
        let next = if there.key_id == held.active.key_id {
            SigningKey::load_or_make(&successor_of(path))?
        } else {
            there
        };
        introduce(pool, &next, lead_seconds).await?;
        tracing::info!(key.id = next.key_id, lead_seconds, "a signing key is published and will sign");
        let next = Arc::new(next);
        self.hold(Arc::clone(&held.active), vec![Arc::clone(&next)]);
        self.refresh(pool).await?;
        Ok(next)
    }

    /// Signs with the successor from now on.
    async fn switch(
        &self,
        pool: &PgPool,
        path: &Path,
        held: &Held,
        next: &Arc<SigningKey>,
    ) -> Result<(), IdentityError> {
        succeed(path)?;
        self.hold(Arc::clone(next), Vec::new());
        tracing::info!(key.id = next.key_id, "a new key signs from now on");
        sqlx::query("update signing_keys set retired_at = now() where key_id = $1 and retired_at is null")
            .bind(&held.active.key_id)
            .execute(pool)
            .await?;
        Ok(())
    }

    /// Of configured keys the first signs that was not withdrawn. Where there is none, what is signed is refused.
    fn choose(&self, held: Held, standings: &HashMap<String, Standing>) {
        let is_over = |key: &SigningKey| standings.get(&key.key_id).is_some_and(|standing| standing.is_over);
        if !is_over(&held.active) {
            return;
        }
        let Held { active, mut others } = held;
        match others.iter().position(|key| !is_over(key)) {
            Some(index) => {
                let next = others.remove(index);
                tracing::warn!(
                    key.id = next.key_id,
                    "the signing key was withdrawn; the next configured one signs"
                );
                others.push(active);
                self.hold(next, others);
            }
            None => tracing::error!("every configured signing key was withdrawn; nobody can sign in"),
        }
    }
}

/// Writes down that a key is there; one that is known is seen again, and nothing else of it changes.
async fn introduce(pool: &PgPool, key: &SigningKey, lead_seconds: i32) -> Result<(), IdentityError> {
    sqlx::query(
        "insert into signing_keys (key_id, algorithm, public_key, signs_from) \
         values ($1, $2, $3, now() + make_interval(secs => $4)) \
         on conflict (key_id) do update set last_seen_at = now()",
    )
    .bind(&key.key_id)
    .bind(ALGORITHM)
    .bind(&key.public_key)
    .bind(f64::from(lead_seconds))
    .execute(pool)
    .await?;
    Ok(())
}

async fn standings(pool: &PgPool, held: &Held) -> Result<HashMap<String, Standing>, IdentityError> {
    let ids: Vec<&str> =
        std::iter::once(&held.active).chain(&held.others).map(|key| key.key_id.as_str()).collect();
    let rows = sqlx::query(
        "select key_id, signs_from <= now() as may_sign, \
                retired_at is not null or withdrawn_at is not null as is_over, \
                (select r.lead_seconds from signing_rotations r where r.requested_at > k.published_at \
                  order by r.rotation desc limit 1) as lead_seconds \
           from signing_keys k where key_id = any($1)",
    )
    .bind(&ids)
    .fetch_all(pool)
    .await?;
    let standing = |row: &sqlx::postgres::PgRow| {
        let standing = Standing {
            may_sign: row.try_get("may_sign")?,
            is_over: row.try_get("is_over")?,
            lead_seconds: row.try_get("lead_seconds")?,
        };
        Ok::<_, sqlx::Error>((row.try_get("key_id")?, standing))
    };
    Ok(rows.iter().map(standing).collect::<Result<_, _>>()?)
}

fn seconds(seconds: i64) -> f64 {
    f64::from(i32::try_from(seconds).unwrap_or(i32::MAX))
}
