//! Accounts: registered in the log, in the credentials and in the vault at once; deactivated with all their sessions.

use std::fmt;

use domain::{
    identity::{Account, AccountCommand, PersonalDetails, Role},
    ids::{AccountId, CompanyId, EventId},
    sealed::Sealed,
    text::Zone,
};
use event_store::{ClaimOutcome, Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    AuthError, EMAIL_SCOPE, EMAIL_TAKEN, Email, Identity, Letter, Secret, contact, email::claim_key,
    letter::Mailing, password::check_strength, profile,
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    execute::{execute, judge, judge_as, refuse},
    vault::NewKey,
};

/// An account to register.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its address: what it signs in with.
    pub email: Email,
    /// Its password.
    pub password: Secret,
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
    /// What its owner tells of itself.
    pub details: PersonalDetails,
}

/// Whether a new account may sign in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Somebody answers for its address.
    Verified,
    /// Not before its owner has confirmed the address, for which a mail goes out.
    ToBeVerified,
    /// Not before its owner has chosen a password, for which a mail goes out.
    Invited,
}

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAccepted {
    /// Which account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// An account as its owner sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which account.
    pub account: AccountId,
    /// Its address.
    pub email: String,
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("account", &self.account)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Registers an account. Anybody may register as a customer; every other role is made by those who manage
    /// accounts.
    ///
    /// # Errors
    /// `identity.email_taken`, `identity.password_length`, `identity.password_weak`, `permission_denied`, and the
    /// account's own rules.
    pub async fn register_account(
        &self,
        call: &Call,
        new: NewAccount,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        if new.role != Role::Customer || !new.zones.is_empty() || new.company.is_some() {
            call.require(UseCase::RegisterAccount)?;
        }
        self.register(call, new, None, Entry::Verified).await
    }

    /// Registers, and with `only_one` (a claim's scope and key) only if that was never claimed.
    pub(super) async fn register(
        &self,
        call: &Call,
        new: NewAccount,
        only_one: Option<(&'static str, &'static str, Refused)>,
        entry: Entry,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        check_strength(&new.password, &new.email)?;
        let password_hash = self.hasher.hash(&new.password).await?;
        let account = AccountId::from_uuid(ids::uuid());
        let id = account.stream();
        let lookup = new.email.lookup(&self.vault);
        let email_key = claim_key(&lookup);
        let key = self.vault.new_key(account)?;
        let profile_event = EventId::from_uuid(ids::uuid());
        let profile = profile::seal(&new.details, profile_event, |place, text| key.seal(place, text))?;
        let row = CredentialsRow {
            account,
            lookup,
            email: key.seal(contact::place(account), new.email.as_str())?,
            password_hash,
            new: new.clone(),
            key,
            verification: match entry {
                Entry::Verified => None,
                Entry::ToBeVerified => Some(Letter::VerifyEmail),
                Entry::Invited => Some(Letter::Invitation),
            }
            .map(|letter| Mailing::new(call, &self.options, account, letter)),
        };
        let mut unit = call
            .unit()
            .reads(StreamRef::new_of::<Account>(id.as_str()))
            .claims(EMAIL_SCOPE, &email_key)
            .beside(move |connection| {
                let row = row.clone();
                Box::pin(async move { row.insert(connection).await })
            });
        if let Some((scope, key, _)) = &only_one {
            unit = unit.claims(scope, key);
        }
        execute(&self.log, call, unit, move |decision| {
            if let Some((scope, key, refused)) = &only_one
                && let ClaimOutcome::Taken(_) = decision.claim(scope, key, &id)?
            {
                return refuse(refused.clone());
            }
            if let ClaimOutcome::Taken(_) = decision.claim(EMAIL_SCOPE, &email_key, &id)? {
                return refuse(EMAIL_TAKEN.refusal_at("/email"));
            }
            let command = AccountCommand::Register {
                role: new.role,
                zones: new.zones.clone(),
                company: new.company,
            };
            judge::<Account>(decision, &id, command)?;
            if let Some(profile) = &profile {
                judge_as::<Account>(decision, &id, profile_event, profile.clone())?;
            }
            Ok(AccountAccepted {
                account,
                role: new.role,
                version: decision.version::<Account>(&id)?,
            })
        })
        .await
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when nobody is signed in or the account is gone.
    pub async fn me(&self, caller: &Caller) -> Result<Profile, AuthError> {
        let account = caller.account().ok_or(AuthError::InvalidToken)?;
        let row = sqlx::query(
            "select account_id, role, zones, company_id from credentials where account_id = $1 and active",
        )
        .bind(account.as_uuid())
        .fetch_optional(self.log.pool())
        .await?
        .ok_or(AuthError::InvalidToken)?;
        let standing = Standing::read(&row)?;
        let email = contact::email_of(self.log.pool(), &self.vault, account).await?;
        Ok(Profile {
            account,
            email: email.ok_or(AuthError::InvalidToken)?,
            role: standing.role,
            zones: standing.zones,
            company: standing.company,
        })
    }
}

#[derive(Clone)]
struct CredentialsRow {
    account: AccountId,
    lookup: [u8; 32],
    email: Sealed,
    password_hash: String,
    new: NewAccount,
    key: NewKey,
    /// The mail that goes out to an owner who has yet to confirm the address.
    verification: Option<Mailing>,
}

impl CredentialsRow {
    async fn insert(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        self.key.insert(&mut *connection).await?;
        let zones: Vec<&str> = self.new.zones.iter().map(Zone::as_str).collect();
        sqlx::query(
            "insert into credentials \
               (account_id, email_lookup, email_sealed, password_hash, role, zones, company_id, verified_at) \
             values ($1, $2, $3::json, $4, $5, $6, $7, case when $8 then now() end)",
        )
        .bind(self.account.as_uuid())
        .bind(self.lookup.as_slice())
        .bind(contact::stored(&self.email)?)
        .bind(&self.password_hash)
        .bind(role_text(self.new.role))
        .bind(zones)
        .bind(self.new.company.map(|company| company.as_uuid()))
        .bind(self.verification.is_none())
        .execute(&mut *connection)
        .await?;
        match &self.verification {
            Some(mailing) => mailing.insert(connection).await,
            None => Ok(()),
        }
    }
}

/// As what an account signs in.
pub(super) struct Standing {
    pub(super) account: AccountId,
    pub(super) role: Role,
    pub(super) zones: Vec<Zone>,
    pub(super) company: Option<CompanyId>,
}

impl Standing {
    /// Reads the columns `account_id, role, zones, company_id`.
    pub(super) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let damaged = |column: &str| sqlx::Error::Decode(format!("credentials.{column} is damaged").into());
        let role: String = row.try_get("role")?;
        let zones: Vec<String> = row.try_get("zones")?;
        let company: Option<Uuid> = row.try_get("company_id")?;
        Ok(Self {
            account: AccountId::from_uuid(row.try_get("account_id")?),
            role: serde_json::from_value(serde_json::Value::String(role)).map_err(|_| damaged("role"))?,
            zones: zones
                .iter()
                .map(|zone| Zone::parse(zone))
                .collect::<Result<_, _>>()
                .map_err(|_| damaged("zones"))?,
            company: company.map(CompanyId::from_uuid),
        })
    }
}

/// As in JSON.
pub(super) const fn role_text(role: Role) -> &'static str {
    match role {
        Role::SuperAdmin => "super_admin",
        Role::LocationAdmin => "location_admin",
        Role::StoreManager => "store_manager",
        Role::Vendor => "vendor",
        Role::Customer => "customer",
        Role::Driver => "driver",
        Role::Analyst => "analyst",
        Role::Auditor => "auditor",
    }
}
