//! Filling the table. Settlements are few, so those that a batch touches are read, changed and written as wholes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    ids::SettlementId,
    payouts::{Settlement, SettlementEvent, SettlementStatus},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{SettlementRow, queries};
use crate::fold::{orphan, stream_id};

/// The read model `settlement_list`.
#[derive(Debug)]
pub struct SettlementList;

const TABLE_COLUMNS: &[&str] = &[
    "id",
    "company",
    "status",
    "currency",
    "exponent",
    "from_position",
    "to_position",
    "opening",
    "sales",
    "commission",
    "refunds",
    "refunded_commission",
    "delivery_fees",
    "payouts",
    "closing",
    "dispute_reason",
    "closing_reason",
    "version",
    "created_at",
    "updated_at",
];

#[async_trait]
impl Projection for SettlementList {
    fn name(&self) -> &'static str {
        "settlement_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "SettlementCreated",
            "SettlementDisputed",
            "SettlementConfirmed",
            "SettlementClosed",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn views(&self) -> &'static str {
        include_str!("views.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut facts: Vec<(Uuid, &SettlementEvent, &RecordedEvent)> = Vec::with_capacity(batch.len());
        for event in batch.iter().filter(|event| event.aggregate_type == Settlement::KIND) {
            facts.push((stream_id(event)?, event.typed()?, event));
        }
        let touched: Vec<Uuid> = facts.iter().map(|(id, ..)| *id).collect();
        let mut settlements = take(connection, &touched).await?;
        for (id, change, event) in facts {
            apply(&mut settlements, id, change, event)?;
        }
        let mut copy = CopyRows::into_table("settlements", TABLE_COLUMNS);
        settlements.values().for_each(|settlement| write(&mut copy, settlement));
        copy.send(connection).await?;
        Ok(())
    }
}

async fn take(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, SettlementRow>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = format!("delete from settlements s where s.id = any($1) returning {}", queries::COLUMNS);
    let rows = sqlx::query(&sql).bind(ids).fetch_all(connection).await?;
    rows.iter()
        .map(|row| SettlementRow::from_row(row).map(|known| (known.id.as_uuid(), known)))
        .collect()
}

fn apply(
    settlements: &mut BTreeMap<Uuid, SettlementRow>,
    id: Uuid,
    change: &SettlementEvent,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    if let SettlementEvent::SettlementCreated { company, from, to, statement } = change {
        settlements.insert(
            id,
            SettlementRow {
                id: SettlementId::from_uuid(id),
                company: *company,
                status: SettlementStatus::Open,
                from: *from,
                to: *to,
                statement: *statement,
                dispute_reason: None,
                closing_reason: None,
                version: event.sequence,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
        );
        return Ok(());
    }
    let settlement = settlements.get_mut(&id).ok_or_else(|| orphan(event))?;
    match change {
        SettlementEvent::SettlementCreated { .. } => {}
        SettlementEvent::SettlementDisputed { reason } => {
            settlement.status = SettlementStatus::Disputed;
            settlement.dispute_reason = Some(reason.as_str().to_owned());
        }
        SettlementEvent::SettlementConfirmed => settlement.status = SettlementStatus::Confirmed,
        SettlementEvent::SettlementClosed { reason } => {
            settlement.status = SettlementStatus::Closed;
            settlement.closing_reason = reason.as_ref().map(|reason| reason.as_str().to_owned());
        }
    }
    settlement.version = event.sequence;
    settlement.updated_at = event.recorded_at;
    Ok(())
}

/// The row that these events of one settlement come to, as the projection makes it; `None` where they do not begin with
/// its first one.
///
/// # Errors
/// When an event cannot be read.
pub fn row_of(events: &[RecordedEvent]) -> Result<Option<SettlementRow>, ProjectionError> {
    if events.first().is_none_or(|first| first.sequence != 1) {
        return Ok(None);
    }
    let mut rows = BTreeMap::new();
    for event in events {
        apply(&mut rows, stream_id(event)?, event.typed()?, event)?;
    }
    Ok(rows.into_values().next())
}

fn write(copy: &mut CopyRows, row: &SettlementRow) {
    let statement = &row.statement;
    let earnings = &statement.earnings;
    copy.row()
        .uuid(row.id.as_uuid())
        .uuid(row.company.as_uuid())
        .text(row.status.as_str())
        .text(statement.closing.currency().code())
        .int2(statement.closing.currency().exponent().into())
        .int8(row.from)
        .int8(row.to)
        .int8(statement.opening.minor())
        .int8(earnings.sales.minor())
        .int8(earnings.commission.minor())
        .int8(earnings.refunds.minor())
        .int8(earnings.refunded_commission.minor())
        .int8(earnings.delivery_fees.minor())
        .int8(statement.payouts.minor())
        .int8(statement.closing.minor())
        .maybe_text(row.dispute_reason.as_deref())
        .maybe_text(row.closing_reason.as_deref())
        .int8(row.version)
        .time(row.created_at)
        .time(row.updated_at);
}
