//! Signing in, staying signed in, signing out. A refresh token works once; whoever shows a used one again has stolen
//! it (or was stolen from), and the whole session ends.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use domain::ids::SessionId;
use event_store::ids;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{
    AuthError, Device, Email, Identity, Secret, account::Standing, lockout, secret::random_text, token,
};
use crate::Principal;

/// A session's tokens.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub principal: Principal,
    /// For `Authorization: Bearer`.
    pub access_token: Secret,
    /// Seconds until the access token expires.
    pub access_expires_in: i64,
    /// For one refresh.
    pub refresh_token: Secret,
    /// Seconds until the refresh token expires.
    pub refresh_expires_in: i64,
}

/// What comes of showing a password or a one-time code.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// A session.
    Complete(SignedIn),
    /// The second factor is asked for.
    SecondFactor {
        /// For [`Identity::pass_second_factor`].
        challenge: Secret,
        /// Seconds until it expires.
        expires_in: i64,
    },
}

impl SignIn {
    /// The session; `None` where a second factor is asked for.
    #[must_use]
    pub fn complete(self) -> Option<SignedIn> {
        match self {
            Self::Complete(signed_in) => Some(signed_in),
            Self::SecondFactor { .. } => None,
        }
    }
}

impl Identity {
    /// Opens a session, or asks for a second factor. Takes the same time whether or not the account exists.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`], [`AuthError::Locked`] after too many failures, [`AuthError::EmailUnverified`]
    /// to who knows the password, [`AuthError::Busy`].
    pub async fn login(
        &self,
        email: &Email,
        password: &Secret,
        device: &Device,
    ) -> Result<SignIn, AuthError> {
        let pool = self.log.pool();
        let lookup = email.lookup(&self.vault);
        lockout::attempt(pool, &self.options, &lookup).await?;
        let row = sqlx::query(
            "select account_id, role, zones, company_id, password_hash, verified_at is not null as verified \
               from credentials \
              where email_lookup = $1 and active",
        )
        .bind(lookup.as_slice())
        .fetch_optional(pool)
        .await?;
        let stored = row.as_ref().map(|row| row.try_get("password_hash")).transpose()?;
        let right = self.hasher.verify(password, stored).await?;
        let Some(row) = row.filter(|_| right) else {
            return Err(AuthError::InvalidCredentials);
        };
        lockout::forget(pool, &lookup).await?;
        if !row.try_get::<bool, _>("verified")? {
            return Err(AuthError::EmailUnverified);
        }
        self.admit(Standing::read(&row)?, device).await
    }

    /// What who has shown the first factor gets: a session, or the question for the second.
    pub(super) async fn admit(&self, standing: Standing, device: &Device) -> Result<SignIn, AuthError> {
        if self.has_second_factor(standing.account).await? {
            return Ok(SignIn::SecondFactor {
                challenge: self.challenge(standing.account).await?,
                expires_in: self.options.challenge_life.num_seconds(),
            });
        }
        self.open_session(standing, device).await.map(SignIn::Complete)
    }

    /// Opens a session, always a new one: what somebody held before is never taken over.
    pub(super) async fn open_session(
        &self,
        standing: Standing,
        device: &Device,
    ) -> Result<SignedIn, AuthError> {
        let principal = principal(standing, SessionId::from_uuid(ids::uuid()));
        let refresh_token = Secret::new(random_text(32)?);
        sqlx::query(
            "with session as (insert into sessions (session_id, account_id, device_sealed) \
                              values ($1, $2, $5::json)) \
             insert into refresh_tokens (token_hash, session_id, expires_at) values ($3, $1, $4)",
        )
        .bind(principal.session.as_uuid())
        .bind(principal.account.as_uuid())
        .bind(hash(&refresh_token))
        .bind(self.refresh_expiry())
        .bind(self.sealed_device(principal.account, device).await?)
        .execute(self.log.pool())
        .await?;
        self.signed_in(principal, refresh_token)
    }

    /// The session of a refresh token, whatever has become of it; `None` where there is no such token.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn session_of(&self, refresh_token: &Secret) -> Result<Option<SessionId>, AuthError> {
        let session: Option<Uuid> =
            sqlx::query_scalar("select session_id from refresh_tokens where token_hash = $1")
                .bind(hash(refresh_token))
                .fetch_optional(self.log.pool())
                .await?;
        Ok(session.map(SessionId::from_uuid))
    }

    /// Trades a refresh token for new tokens, with the account's present role and zones.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when it is unknown, expired or used before (the session then ends), or its session
    /// or account has ended, the session also by its age.
    pub async fn refresh(&self, refresh_token: &Secret, device: &Device) -> Result<SignedIn, AuthError> {
        let mut transaction = self.log.pool().begin().await?;
        let row = sqlx::query(
            "select t.session_id, t.used_at is not null as used, \
                    t.expires_at <= now() or s.revoked_at is not null or not c.active \
                       or s.created_at <= now() - make_interval(secs => $2) as over, \
                    c.account_id, c.role, c.zones, c.company_id \
               from refresh_tokens t join sessions s using (session_id) join credentials c using (account_id) \
              where t.token_hash = $1 for update of t, s",
        )
        .bind(hash(refresh_token))
        .bind(f64::from(i32::try_from(self.options.session_life.num_seconds()).unwrap_or(i32::MAX)))
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(AuthError::InvalidToken)?;
        let session = SessionId::from_uuid(row.try_get("session_id")?);
        if row.try_get::<bool, _>("over")? {
            return Err(AuthError::InvalidToken);
        }
        if row.try_get::<bool, _>("used")? {
            revoke(&mut transaction, session).await?;
            transaction.commit().await?;
            self.revocations.insert(session);
            tracing::warn!(session.id = %session, "a used refresh token was shown again; its session has ended");
            return Err(AuthError::InvalidToken);
        }
        let standing = Standing::read(&row)?;
        let device = self.sealed_device(standing.account, device).await?;
        let next = Secret::new(random_text(32)?);
        sqlx::query(
            "with used as (update refresh_tokens set used_at = now() where token_hash = $1), \
                  seen as (update sessions set last_used_at = now(), device_sealed = $5::json where session_id = $2) \
             insert into refresh_tokens (token_hash, session_id, expires_at) values ($3, $2, $4)",
        )
        .bind(hash(refresh_token))
        .bind(session.as_uuid())
        .bind(hash(&next))
        .bind(self.refresh_expiry())
        .bind(device)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.signed_in(principal(standing, session), next)
    }

    /// Ends a session: on this node at once, on every other within seconds.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn logout(&self, principal: &Principal) -> Result<(), AuthError> {
        let mut connection = self.log.pool().acquire().await?;
        revoke(&mut connection, principal.session).await?;
        self.revocations.insert(principal.session);
        Ok(())
    }

    fn refresh_expiry(&self) -> DateTime<Utc> {
        ids::now() + self.options.refresh_life
    }

    fn signed_in(&self, principal: Principal, refresh_token: Secret) -> Result<SignedIn, AuthError> {
        Ok(SignedIn {
            access_token: token::sign(&self.keys, &self.options, &principal)?,
            access_expires_in: self.options.access_life.num_seconds(),
            refresh_expires_in: self.options.refresh_life.num_seconds(),
            principal,
            refresh_token,
        })
    }
}

fn principal(standing: Standing, session: SessionId) -> Principal {
    Principal {
        account: standing.account,
        session,
        role: standing.role,
        zones: standing.zones,
        company: standing.company,
        key: None,
    }
}

fn hash(token: &Secret) -> Vec<u8> {
    digest(&SHA256, token.expose().as_bytes()).as_ref().to_vec()
}

async fn revoke(connection: &mut PgConnection, session: SessionId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update sessions set revoked_at = clock_timestamp() where session_id = $1 and revoked_at is null",
    )
    .bind(session.as_uuid())
    .execute(connection)
    .await
    .map(drop)
}
