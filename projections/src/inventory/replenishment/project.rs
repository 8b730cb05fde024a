//! Filling the tables.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    decider::Decider,
    inventory::{Reorder, ReorderEvent, Supplier, SupplierDetails, SupplierEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::{ReorderStatus, SupplierStatus};
use crate::{columns::Word, fold::stream_id};

/// The read model `replenishment`.
#[derive(Debug)]
pub struct Replenishment;

#[async_trait]
impl Projection for Replenishment {
    fn name(&self) -> &'static str {
        "replenishment"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "SupplierAdded",
            "SupplierRevised",
            "SupplierRetired",
            "ReorderOpened",
            "ReorderApproved",
            "ReorderReceived",
            "ReorderCancelled",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn views(&self) -> &'static str {
        include_str!("views.sql")
    }

    /// Both are few and change seldom: a statement for each change.
    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        for event in batch {
            let id = stream_id(event)?;
            let query = match event.aggregate_type.as_str() {
                Supplier::KIND => of_supplier(id, event.typed()?, event)?,
                Reorder::KIND => of_reorder(id, event.typed()?, event),
                _ => continue,
            };
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn of_supplier<'a>(
    id: Uuid,
    event: &'a SupplierEvent,
    recorded: &RecordedEvent,
) -> Result<Query<'a, Postgres, PgArguments>, sqlx::Error> {
    let version = recorded.sequence;
    let described = |sql: &'static str, details: &'a SupplierDetails| {
        let name =
            serde_json::to_string(&details.name).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let query = sqlx::query(sql).bind(id).bind(version).bind(details.code.as_str()).bind(name);
        Ok::<_, sqlx::Error>(
            query.bind(i32::from(details.lead_time_days)).bind(SupplierStatus::Active.word()),
        )
    };
    match event {
        SupplierEvent::SupplierAdded { details } => described(
            "insert into suppliers (id, version, code, name, lead_time_days, status) \
             values ($1, $2, $3, $4::text::json, $5, $6)",
            details,
        ),
        SupplierEvent::SupplierRevised { details } => described(
            "update suppliers set version = $2, code = $3, name = $4::text::json, lead_time_days = $5, status = $6 \
             where id = $1",
            details,
        ),
        SupplierEvent::SupplierRetired { reason: _ } => {
            let query = sqlx::query("update suppliers set version = $2, status = $3 where id = $1");
            Ok(query.bind(id).bind(version).bind(SupplierStatus::Retired.word()))
        }
    }
}

fn of_reorder<'a>(
    id: Uuid,
    event: &'a ReorderEvent,
    recorded: &RecordedEvent,
) -> Query<'a, Postgres, PgArguments> {
    let moved = |status: ReorderStatus, received: Option<i64>, reason: Option<&'a str>| {
        sqlx::query(
            "update reorders set version = $2, updated_at = $3, status = $4, received = $5, reason = $6 where id = $1",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(recorded.recorded_at)
        .bind(status.word())
        .bind(received)
        .bind(reason)
    };
    match event {
        ReorderEvent::ReorderOpened { product, warehouse, quantity, supplier, available } => sqlx::query(
            "insert into reorders (id, version, opened_at, updated_at, product, warehouse, supplier, quantity, \
                                   available, status) values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(recorded.recorded_at)
        .bind(product.as_uuid())
        .bind(warehouse.as_uuid())
        .bind(supplier.map(|supplier| supplier.as_uuid()))
        .bind(i64::from(quantity.get()))
        .bind(i64::try_from(*available).unwrap_or(i64::MAX))
        .bind(ReorderStatus::Open.word()),
        ReorderEvent::ReorderApproved => moved(ReorderStatus::Approved, None, None),
        ReorderEvent::ReorderReceived { quantity } => {
            moved(ReorderStatus::Received, Some(quantity.get().into()), None)
        }
        ReorderEvent::ReorderCancelled { reason } => {
            moved(ReorderStatus::Cancelled, None, reason.as_ref().map(|reason| reason.as_str()))
        }
    }
}
