//! Filling the table.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    identity::{Account, AccountEvent, Role},
    ids::CompanyId,
    text::Zone,
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{columns::Word, fold::stream_id, sealed::sealed_text};

/// The read model `accounts`.
#[derive(Debug)]
pub struct Accounts;

const COLUMNS: &[&str] = &[
    "id",
    "role",
    "zones",
    "company",
    "active",
    "display_name",
    "phone",
    "locale",
    "profile_event",
    "erased_at",
    "version",
    "registered_at",
    "updated_at",
];

#[async_trait]
impl Projection for Accounts {
    fn name(&self) -> &'static str {
        "accounts"
    }

    fn version(&self) -> u32 {
        2
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "AccountRegistered",
            "AccountReassigned",
            "AccountDeactivated",
            "AccountReactivated",
            "ProfileRevised",
            "EmailVerified",
            "PasswordChanged",
            "PasswordRevoked",
            "SecondFactorEnabled",
            "SecondFactorDisabled",
            "AccountErased",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut changes: HashMap<Uuid, Change> = HashMap::new();
        for event in batch.iter().filter(|event| event.aggregate_type == Account::KIND) {
            let change = event.typed::<AccountEvent>()?;
            let folded = changes.entry(stream_id(event)?).or_insert(Change {
                registered: None,
                reassigned: None,
                active: None,
                profile: None,
                erased: false,
                last: event,
            });
            match change {
                AccountEvent::AccountRegistered { .. } => folded.registered = Some((change, event)),
                AccountEvent::AccountReassigned { .. } => folded.reassigned = Some(change),
                AccountEvent::AccountDeactivated => folded.active = Some(false),
                AccountEvent::AccountReactivated => folded.active = Some(true),
                AccountEvent::ProfileRevised { .. } => folded.profile = Some((change, event)),
                // Nothing of them is shown, but they count in the stream's version.
                AccountEvent::EmailVerified
                | AccountEvent::PasswordChanged { .. }
                | AccountEvent::PasswordRevoked
                | AccountEvent::SecondFactorEnabled
                | AccountEvent::SecondFactorDisabled => {}
                AccountEvent::AccountErased => {
                    folded.active = Some(false);
                    folded.profile = None;
                    folded.erased = true;
                }
            }
            folded.last = event;
        }
        insert(&mut *connection, &changes).await?;
        update(connection, &changes).await?;
        Ok(())
    }
}

/// What a batch does to one account.
struct Change<'a> {
    registered: Option<(&'a AccountEvent, &'a RecordedEvent)>,
    reassigned: Option<&'a AccountEvent>,
    active: Option<bool>,
    profile: Option<(&'a AccountEvent, &'a RecordedEvent)>,
    /// Nothing follows it.
    erased: bool,
    last: &'a RecordedEvent,
}

/// The columns of a profile, sealed as they were in its event.
#[derive(Default)]
struct Profile {
    display_name: Option<String>,
    phone: Option<String>,
    locale: Option<String>,
    event: Option<Uuid>,
}

impl Change<'_> {
    /// As what it acts since the batch, where that has changed.
    fn standing(&self) -> Option<(Role, Vec<&str>, Option<CompanyId>)> {
        let registered = self.registered.map(|(event, _)| event);
        let (AccountEvent::AccountRegistered { role, zones, company }
        | AccountEvent::AccountReassigned { role, zones, company }) = self.reassigned.or(registered)?
        else {
            return None;
        };
        Some((*role, zones.iter().map(Zone::as_str).collect(), *company))
    }

    fn profile(&self) -> Result<Profile, sqlx::Error> {
        let Some((AccountEvent::ProfileRevised { display_name, phone, locale }, event)) = self.profile else {
            return Ok(Profile::default());
        };
        Ok(Profile {
            display_name: sealed_text(display_name.as_ref())?,
            phone: sealed_text(phone.as_ref())?,
            locale: sealed_text(locale.as_ref())?,
            event: Some(event.metadata.event_id),
        })
    }
}

async fn insert(
    connection: &mut PgConnection,
    changes: &HashMap<Uuid, Change<'_>>,
) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("accounts", COLUMNS);
    for (id, change) in changes {
        let (Some((_, event)), Some((role, zones, company))) = (change.registered, change.standing()) else {
            continue;
        };
        let profile = change.profile()?;
        copy.row()
            .uuid(*id)
            .text(role.word())
            .texts(&zones)
            .maybe_uuid(company.map(|id| id.as_uuid()))
            .bool(change.active.unwrap_or(true))
            .maybe_text(profile.display_name.as_deref())
            .maybe_text(profile.phone.as_deref())
            .maybe_text(profile.locale.as_deref())
            .maybe_uuid(profile.event)
            .maybe_time(change.erased.then_some(change.last.recorded_at))
            .int8(change.last.sequence)
            .time(event.recorded_at)
            .time(change.last.recorded_at);
    }
    copy.send(connection).await
}

/// Between the zones of one account, in the one text that an array of arrays cannot be: no zone holds it.
const ZONE_SEPARATOR: &str = "\u{1f}";

/// The accounts that were there before the batch. Erasing blanks all that is personal.
const UPDATE: &str = "
    update accounts a set
        role = coalesce(c.role, a.role),
        zones = case when c.role is null then a.zones else string_to_array(c.zones, e'\\x1f') end,
        company = case when c.role is null then a.company else c.company end,
        active = coalesce(c.active, a.active),
        display_name = case when c.erased then null when c.profile_event is null then a.display_name else c.display_name end,
        phone = case when c.erased then null when c.profile_event is null then a.phone else c.phone end,
        locale = case when c.erased then null when c.profile_event is null then a.locale else c.locale end,
        profile_event = case when c.erased then null else coalesce(c.profile_event, a.profile_event) end,
        erased_at = case when c.erased then c.updated_at else a.erased_at end,
        version = c.version,
        updated_at = c.updated_at
    from unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::boolean[], $8::bigint[],
                $9::timestamptz[], $10::text[], $11::text[], $12::uuid[])
         as c (id, active, display_name, phone, locale, profile_event, erased, version, updated_at, role, zones, company)
    where a.id = c.id";

async fn update(
    connection: &mut PgConnection,
    changes: &HashMap<Uuid, Change<'_>>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<(&Uuid, &Change<'_>)> =
        changes.iter().filter(|(_, change)| change.registered.is_none()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let profiles = changed.iter().map(|(_, change)| change.profile()).collect::<Result<Vec<_>, _>>()?;
    let standings: Vec<_> = changed.iter().map(|(_, change)| change.standing()).collect();
    sqlx::query(UPDATE)
        .bind(changed.iter().map(|(id, _)| **id).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, change)| change.active).collect::<Vec<_>>())
        .bind(profiles.iter().map(|profile| profile.display_name.as_deref()).collect::<Vec<_>>())
        .bind(profiles.iter().map(|profile| profile.phone.as_deref()).collect::<Vec<_>>())
        .bind(profiles.iter().map(|profile| profile.locale.as_deref()).collect::<Vec<_>>())
        .bind(profiles.iter().map(|profile| profile.event).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, change)| change.erased).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, change)| change.last.sequence).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, change)| change.last.recorded_at).collect::<Vec<_>>())
        .bind(
            standings
                .iter()
                .map(|standing| standing.as_ref().map(|(role, ..)| role.word()))
                .collect::<Vec<_>>(),
        )
        .bind(
            standings
                .iter()
                .map(|standing| standing.as_ref().map(|(_, zones, _)| zones.join(ZONE_SEPARATOR)))
                .collect::<Vec<_>>(),
        )
        .bind(
            standings
                .iter()
                .map(|standing| standing.as_ref().and_then(|(.., company)| company.map(|id| id.as_uuid())))
                .collect::<Vec<_>>(),
        )
        .execute(connection)
        .await?;
    Ok(())
}
