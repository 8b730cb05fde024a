//! Filling the table. Flags are few: each change is a statement of its own.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    orders::{Flag, OrderEvent},
    text::Reason,
};
use event_store::{
    ActorKind, RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;

use crate::{
    columns::Word,
    fold::{json, orphan, stream_id},
};

/// The read model `fraud_flags`.
#[derive(Debug)]
pub struct FraudFlags;

#[async_trait]
impl Projection for FraudFlags {
    fn name(&self) -> &'static str {
        "fraud_flags"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["OrderFlagged", "FlagCleared", "FraudConfirmed"]
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
        for event in batch {
            match event.typed::<OrderEvent>()? {
                OrderEvent::OrderFlagged { agreement: _, score, reasons, model_version } => {
                    sqlx::query(
                        "insert into flags (order_id, status, score, reasons, model_version, version, flagged_at, updated_at) \
                         values ($1, 'open', $2, $3, $4, $5, $6, $6) \
                         on conflict (order_id) do update set status = 'open', score = $2, reasons = $3, \
                            model_version = $4, note = null, reviewed_by = null, reviewed_at = null, version = $5, \
                            flagged_at = $6, updated_at = $6",
                    )
                    .bind(stream_id(event)?)
                    .bind(i16::try_from(*score).unwrap_or(i16::MAX))
                    .bind(json(reasons))
                    .bind(i64::try_from(*model_version).unwrap_or(i64::MAX))
                    .bind(event.sequence)
                    .bind(event.recorded_at)
                    .execute(&mut *connection)
                    .await?;
                }
                OrderEvent::FlagCleared { note } => {
                    reviewed(connection, event, Flag::Cleared, note.as_ref()).await?;
                }
                OrderEvent::FraudConfirmed { note } => {
                    reviewed(connection, event, Flag::Confirmed, note.as_ref()).await?;
                }
                OrderEvent::OrderPlaced { .. }
                | OrderEvent::OrderEdited { .. }
                | OrderEvent::OrderConfirmed { .. }
                | OrderEvent::PartProcessed { .. }
                | OrderEvent::PartShipped { .. }
                | OrderEvent::PartDelivered { .. }
                | OrderEvent::OrderCancelled { .. }
                | OrderEvent::LinesReturned { .. }
                | OrderEvent::ReturnWithdrawn { .. } => {}
            }
        }
        Ok(())
    }
}

async fn reviewed(
    connection: &mut PgConnection,
    event: &RecordedEvent,
    status: Flag,
    note: Option<&Reason>,
) -> Result<(), ProjectionError> {
    let actor = event.metadata.actor;
    let changed = sqlx::query(
        "update flags set status = $2, note = $3, reviewed_by = $4, reviewed_at = $5, version = $6, updated_at = $5 \
         where order_id = $1",
    )
    .bind(stream_id(event)?)
    .bind(status.word())
    .bind(note.map(Reason::as_str))
    .bind(actor.id.filter(|_| actor.kind == ActorKind::Account))
    .bind(event.recorded_at)
    .bind(event.sequence)
    .execute(connection)
    .await?
    .rows_affected();
    if changed == 0 { Err(orphan(event)) } else { Ok(()) }
}
