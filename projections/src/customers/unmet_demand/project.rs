//! Filling the tables.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    customers::{
        AlertRegister, NeededItem, NeededItemEvent, NeededItemStatus, StockAlerts, StockAlertsEvent,
    },
    decider::Decider,
    identity::Account,
    ids::ProductId,
    text::Zone,
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{columns::Word, fold::stream_id, sealed::sealed_text};

/// The read model `unmet_demand`.
#[derive(Debug)]
pub struct UnmetDemand;

#[async_trait]
impl Projection for UnmetDemand {
    fn name(&self) -> &'static str {
        "unmet_demand"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "StockAlertRequested",
            "StockAlertWithdrawn",
            "StockAlertServed",
            "ServedAlertsCleared",
            "ItemNeeded",
            "NeededItemAnswered",
            "AccountErased",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    /// Wishes are few beside orders: a statement for each.
    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        for event in batch {
            match event.aggregate_type.as_str() {
                StockAlerts::KIND => {
                    alert(connection, stream_id(event)?, event.typed()?, event).await?;
                }
                AlertRegister::KIND => {
                    sqlx::query("delete from stock_alerts where served_at is not null")
                        .execute(&mut *connection)
                        .await?;
                }
                NeededItem::KIND => needed(connection, stream_id(event)?, event.typed()?, event).await?,
                Account::KIND => erase(connection, stream_id(event)?).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

async fn alert(
    connection: &mut PgConnection,
    product: Uuid,
    event: &StockAlertsEvent,
    recorded: &RecordedEvent,
) -> Result<(), sqlx::Error> {
    let (sql, customer) = match event {
        StockAlertsEvent::StockAlertRequested { customer } => (
            "insert into stock_alerts (product, customer, requested_at) values ($1, $2, $3) \
             on conflict (product, customer) do update set requested_at = excluded.requested_at, served_at = null",
            customer,
        ),
        StockAlertsEvent::StockAlertWithdrawn { customer } => (
            "delete from stock_alerts where product = $1 and customer = $2 and $3::timestamptz is not null",
            customer,
        ),
        StockAlertsEvent::StockAlertServed { customer } => {
            ("update stock_alerts set served_at = $3 where product = $1 and customer = $2", customer)
        }
    };
    sqlx::query(sql)
        .bind(product)
        .bind(customer.as_uuid())
        .bind(recorded.recorded_at)
        .execute(connection)
        .await
        .map(drop)
}

async fn needed(
    connection: &mut PgConnection,
    id: Uuid,
    event: &NeededItemEvent,
    recorded: &RecordedEvent,
) -> Result<(), sqlx::Error> {
    let query = match event {
        NeededItemEvent::ItemNeeded { customer, zone, quantity, description } => sqlx::query(
            "insert into needed_items (id, customer, zone, quantity, status, description, description_event, \
                                       version, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(customer.as_uuid())
        .bind(zone.as_ref().map(Zone::as_str))
        .bind(quantity.map(|quantity| i64::from(quantity.get())))
        .bind(NeededItemStatus::Open.word())
        .bind(sealed_text(Some(description))?),
        NeededItemEvent::NeededItemAnswered { status, product, answer } => sqlx::query(
            "update needed_items set status = $2, product = coalesce($3, product), \
                    answer_event = case when $4::text is null then answer_event else $5 end, \
                    answer = coalesce($4, answer), version = $6, updated_at = $7 \
              where id = $1",
        )
        .bind(id)
        .bind(status.word())
        .bind(product.as_ref().map(ProductId::as_uuid))
        .bind(sealed_text(answer.as_ref())?),
    };
    query
        .bind(recorded.metadata.event_id)
        .bind(recorded.sequence)
        .bind(recorded.recorded_at)
        .execute(connection)
        .await
        .map(drop)
}

async fn erase(connection: &mut PgConnection, customer: Uuid) -> Result<(), sqlx::Error> {
    for sql in [
        "delete from stock_alerts where customer = $1",
        "delete from needed_items where customer = $1",
    ] {
        sqlx::query(sql).bind(customer).execute(&mut *connection).await?;
    }
    Ok(())
}
