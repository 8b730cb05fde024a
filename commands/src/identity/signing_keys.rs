//! What operators do with signing keys: look at them, have them replaced, withdraw one that may be known to others.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgPool, Row, postgres::PgRow};

use super::IdentityError;

/// How a published key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// It is published, and will sign.
    Announced,
    /// Its node signs with it.
    Signing,
    /// Nothing is signed with it any more.
    Retired,
    /// Tokens of it are refused.
    Withdrawn,
}

impl SigningKeyState {
    /// For a person.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A published key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// The RFC 7638 thumbprint: the `kid` of its tokens.
    pub key_id: String,
    /// How it stands.
    pub state: SigningKeyState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When its node was last heard of.
    pub last_seen_at: DateTime<Utc>,
}

/// The signing keys of all nodes, as an operator's command deals with them.
#[derive(Debug, Clone)]
pub struct SigningKeys(PgPool);

impl SigningKeys {
    /// Over the nodes' database.
    #[must_use]
    pub const fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// The keys, the newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn list(&self) -> Result<Vec<SigningKeyRow>, IdentityError> {
        let rows = sqlx::query(
            "select key_id, signs_from, retired_at, withdrawn_at, last_seen_at, signs_from > now() as is_early, \
                    greatest(published_at, least(signs_from, now())) as since \
               from signing_keys order by published_at desc, key_id",
        )
        .fetch_all(&self.0)
        .await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Has every node that keeps its key in a file replace it. Successors are published within seconds, and sign
    /// `lead` later; answers when that is at the latest, for the nodes that run now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rotate(&self, lead: TimeDelta) -> Result<DateTime<Utc>, IdentityError> {
        let lead_seconds = i32::try_from(lead.num_seconds()).unwrap_or(i32::MAX);
        let requested_at: DateTime<Utc> = sqlx::query_scalar(
            "insert into signing_rotations (lead_seconds) values ($1) returning requested_at",
        )
        .bind(lead_seconds.max(0))
        .fetch_one(&self.0)
        .await?;
        Ok(requested_at + lead)
    }

    /// Has every node refuse a key's tokens, within seconds and for good; a node that signs with it takes another at
    /// once. Whether there is such a key.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn withdraw(&self, key_id: &str) -> Result<bool, IdentityError> {
        let found = sqlx::query(
            "update signing_keys set withdrawn_at = coalesce(withdrawn_at, now()) where key_id = $1",
        )
        .bind(key_id)
        .execute(&self.0)
        .await?;
        Ok(found.rows_affected() == 1)
    }
}

fn read(row: &PgRow) -> Result<SigningKeyRow, sqlx::Error> {
    let withdrawn_at: Option<DateTime<Utc>> = row.try_get("withdrawn_at")?;
    let retired_at: Option<DateTime<Utc>> = row.try_get("retired_at")?;
    let (state, since) = match (withdrawn_at, retired_at) {
        (Some(at), _) => (SigningKeyState::Withdrawn, at),
        (None, Some(at)) => (SigningKeyState::Retired, at),
        (None, None) if row.try_get("is_early")? => (SigningKeyState::Announced, row.try_get("since")?),
        (None, None) => (SigningKeyState::Signing, row.try_get("since")?),
    };
    Ok(SigningKeyRow {
        key_id: row.try_get("key_id")?,
        state,
        since,
        last_seen_at: row.try_get("last_seen_at")?,
    })
}
