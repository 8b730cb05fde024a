//! Filling the table.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    identity::{Account, AccountEvent},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{columns::Word, fold::stream_id};

/// The read model `accounts`.
#[derive(Debug)]
pub struct Accounts;

const COLUMNS: &[&str] = &[
    "id",
    "role",
    "zones",
    "company",
    "active",
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
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["AccountRegistered", "AccountDeactivated", "AccountReactivated"]
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
                active: true,
                last: event,
            });
            match change {
                AccountEvent::AccountRegistered { .. } => folded.registered = Some((change, event)),
                AccountEvent::AccountDeactivated => folded.active = false,
                AccountEvent::AccountReactivated => folded.active = true,
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
    active: bool,
    last: &'a RecordedEvent,
}

async fn insert(
    connection: &mut PgConnection,
    changes: &HashMap<Uuid, Change<'_>>,
) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("accounts", COLUMNS);
    for (id, change) in changes {
        let Some((AccountEvent::AccountRegistered { role, zones, company }, event)) = change.registered
        else {
            continue;
        };
        let zones: Vec<&str> = zones.iter().map(|zone| zone.as_str()).collect();
        copy.row()
            .uuid(*id)
            .text(role.word())
            .texts(&zones)
            .maybe_uuid(company.map(|id| id.as_uuid()))
            .bool(change.active)
            .int8(change.last.sequence)
            .time(event.recorded_at)
            .time(change.last.recorded_at);
    }
    copy.send(connection).await
}

async fn update(
    connection: &mut PgConnection,
    changes: &HashMap<Uuid, Change<'_>>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<(&Uuid, &Change<'_>)> =
        changes.iter().filter(|(_, change)| change.registered.is_none()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update accounts a set active = c.active, version = c.version, updated_at = c.updated_at \
         from unnest($1::uuid[], $2::boolean[], $3::bigint[], $4::timestamptz[]) \
              as c (id, active, version, updated_at) where a.id = c.id",
    )
    .bind(changed.iter().map(|(id, _)| **id).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.active).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.last.sequence).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.last.recorded_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
