//! Accounts: one row per account, with what it may do by default and, sealed, what its owner tells of itself.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    identity::Role,
    ids::{AccountId, CompanyId, EventId},
    sealed::Sealed,
    text::Zone,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::Accounts;
pub use queries::{counts, get, get_with_checkpoint, list};

use crate::columns::Columns;

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Which.
    pub id: AccountId,
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<String>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
    /// It may sign in.
    pub active: bool,
    /// What its owner tells of itself, sealed; `None` too once it is erased.
    pub profile: Option<SealedProfile>,
    /// When it was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// The stream's version: the number of the account's events.
    pub version: i64,
    /// When its registration was recorded.
    pub registered_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for AccountRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", AccountId::from_uuid)?,
            role: row.word("role")?,
            zones: row.try_get("zones")?,
            company: row.maybe_id("company", CompanyId::from_uuid)?,
            active: row.try_get("active")?,
            profile: profile(row)?,
            erased_at: row.try_get("erased_at")?,
            version: row.try_get("version")?,
            registered_at: row.try_get("registered_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// What an account's owner tells of itself, as the event sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedProfile {
    /// The event, under which the values open.
    pub event: EventId,
    /// At `/display_name`.
    pub display_name: Option<Sealed>,
    /// At `/phone`.
    pub phone: Option<Sealed>,
    /// At `/locale`.
    pub locale: Option<Sealed>,
}

fn profile(row: &PgRow) -> Result<Option<SealedProfile>, sqlx::Error> {
    let Some(event) = row.maybe_id("profile_event", EventId::from_uuid)? else {
        return Ok(None);
    };
    Ok(Some(SealedProfile {
        event,
        display_name: row.maybe_json("display_name")?,
        phone: row.maybe_json("phone")?,
        locale: row.maybe_json("locale")?,
    }))
}

/// Which accounts are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// With this role.
    pub role: Option<Role>,
    /// With any role but this.
    pub besides: Option<Role>,
    /// Restricted to this zone among others.
    pub zone: Option<Zone>,
    /// Of this company.
    pub company: Option<CompanyId>,
    /// May sign in, or not.
    pub active: Option<bool>,
    /// Only those of these roles that are restricted to these zones and to no others: what somebody who looks after
    /// zones sees.
    pub within: Option<(Vec<Role>, Vec<Zone>)>,
}

/// How many accounts of one role there are in one zone; who is restricted to several counts in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCount {
    /// Their role.
    pub role: Role,
    /// `None`: restricted to none.
    pub zone: Option<String>,
    /// They may sign in.
    pub active: i64,
    /// They may not; the erased are left out.
    pub inactive: i64,
}
