//! Reading.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::AccountId;
use event_store::Actor;
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::{Builder, Uuid};

use super::{AuditLog, origin};
use crate::{identity::Device, vault::VaultError};

/// An entry's id is made a moment after its time.
const SLACK: TimeDelta = TimeDelta::seconds(60);

const SELECT: &str = "
    select e.id, e.at, e.request_id, e.actor, e.method, e.route, e.target, e.status, e.code, e.position,
           o.person_id, o.sealed::text as sealed, c.account_id as tried
      from audit_log e
      left join audit_origins o on o.id = e.origin
      left join credentials c on c.email_lookup = o.email_lookup
     where true";

/// Which entries are wanted. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Who asked.
    pub actor: Option<Actor>,
    /// Whom it was about: the account stands in the path, or somebody tried to sign in as it.
    pub about: Option<AccountId>,
    /// Within this request.
    pub request: Option<Uuid>,
    /// With this method.
    pub method: Option<String>,
    /// On this pattern of a path.
    pub route: Option<String>,
    /// With this id in the path.
    pub target: Option<String>,
    /// Refused with this code.
    pub code: Option<String>,
    /// Answered with this status or a higher one.
    pub status_from: Option<i16>,
    /// Answered with this status or a lower one.
    pub status_to: Option<i16>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// At this time or earlier.
    pub to: Option<DateTime<Utc>>,
}

/// In which order entries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The newest first.
    Backwards,
    /// The oldest first.
    Forwards,
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Which; in the order of time.
    pub id: Uuid,
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The request.
    pub request: Uuid,
    /// Who: `usr_…`, `key_…`, `anonymous`.
    pub actor: String,
    /// As whom somebody tried to sign in, where there is such an account (still).
    pub tried: Option<AccountId>,
    /// The method.
    pub method: String,
    /// The pattern of the path.
    pub route: Option<String>,
    /// The ids in the path.
    pub target: Option<String>,
    /// The status of the answer.
    pub status: i16,
    /// Why it was refused.
    pub code: Option<String>,
    /// The position that the log had reached with it.
    pub position: Option<i64>,
    /// From where; empty where the person is erased, or a stranger called long ago.
    pub device: Device,
}

impl AuditLog {
    /// At most `limit` entries, beyond `after` where that is given.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn entries(
        &self,
        filter: &AuditFilter,
        direction: Direction,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, VaultError> {
        let mut query = QueryBuilder::new(SELECT);
        push_filter(&mut query, filter);
        if let Some(after) = after {
            let beyond = match direction {
                Direction::Backwards => " and e.id < ",
                Direction::Forwards => " and e.id > ",
            };
            query.push(beyond).push_bind(after);
        }
        query.push(match direction {
            Direction::Backwards => " order by e.id desc limit ",
            Direction::Forwards => " order by e.id limit ",
        });
        query.push_bind(i64::from(limit));
        let rows = query.build().fetch_all(self.pool()).await?;
        self.open(&rows).await
    }

    /// From where somebody's requests came, the latest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn origins_of(&self, person: AccountId) -> Result<Vec<(DateTime<Utc>, Device)>, VaultError> {
        let rows = sqlx::query(
            "select seen_at, sealed::text as sealed from audit_origins where person_id = $1 order by seen_at desc",
        )
        .bind(person.as_uuid())
        .fetch_all(self.pool())
        .await?;
        let keys = self.vault().keys([person]).await?;
        let read = |row: &PgRow| {
            let device =
                origin::open(self.vault(), &keys, Some(person), &row.try_get::<String, _>("sealed")?);
            Ok((row.try_get("seen_at")?, device))
        };
        rows.iter().map(read).collect()
    }

    async fn open(&self, rows: &[PgRow]) -> Result<Vec<AuditRow>, VaultError> {
        let person = |row: &PgRow| -> Result<Option<AccountId>, sqlx::Error> {
            Ok(row.try_get::<Option<Uuid>, _>("person_id")?.map(AccountId::from_uuid))
        };
        let persons = rows.iter().filter_map(|row| person(row).transpose()).collect::<Result<Vec<_>, _>>()?;
        let keys = self.vault().keys(persons).await?;
        let read = |row: &PgRow| {
            let sealed: Option<String> = row.try_get("sealed")?;
            let person = person(row)?;
            let device = sealed.map(|sealed| origin::open(self.vault(), &keys, person, &sealed));
            Ok(AuditRow {
                id: row.try_get("id")?,
                at: row.try_get("at")?,
                request: row.try_get("request_id")?,
                actor: row.try_get("actor")?,
                tried: row.try_get::<Option<Uuid>, _>("tried")?.map(AccountId::from_uuid),
                method: row.try_get("method")?,
                route: row.try_get("route")?,
                target: row.try_get("target")?,
                status: row.try_get("status")?,
                code: row.try_get("code")?,
                position: row.try_get("position")?,
                device: device.unwrap_or_default(),
            })
        };
        rows.iter().map(read).collect()
    }
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &AuditFilter) {
    if let Some(actor) = filter.actor {
        query.push(" and e.actor = ").push_bind(actor.to_string());
    }
    if let Some(about) = filter.about {
        query.push(" and (c.account_id = ").push_bind(about.as_uuid());
        query.push(" or ").push_bind(about.to_string()).push(" = any (string_to_array(e.target, ' ')))");
    }
    if let Some(request) = filter.request {
        query.push(" and e.request_id = ").push_bind(request);
    }
    if let Some(target) = &filter.target {
        query.push(" and ").push_bind(target.clone()).push(" = any (string_to_array(e.target, ' '))");
    }
    for (column, text) in [
        ("method", &filter.method),
        ("route", &filter.route),
        ("code", &filter.code),
    ] {
        if let Some(text) = text {
            query.push(" and e.").push(column).push(" = ").push_bind(text.clone());
        }
    }
    if let Some(status) = filter.status_from {
        query.push(" and e.status >= ").push_bind(status);
    }
    if let Some(status) = filter.status_to {
        query.push(" and e.status <= ").push_bind(status);
    }
    // The ids are in the order of time and indexed; the times themselves say what exactly is meant.
    if let Some(from) = filter.from {
        query.push(" and e.at >= ").push_bind(from);
        query.push(" and e.id >= ").push_bind(first_id(from.checked_sub_signed(SLACK).unwrap_or(from)));
    }
    if let Some(to) = filter.to {
        query.push(" and e.at <= ").push_bind(to);
        query.push(" and e.id < ").push_bind(first_id(to.checked_add_signed(SLACK).unwrap_or(to)));
    }
}

/// The least id of a moment (RFC 9562, 5.7).
fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
