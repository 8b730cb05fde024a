//! What was agreed on last: by the placing, or by an edit after it.

use domain::orders::{OrderEvent, OrderLine, Part, Totals};
use sqlx::PgConnection;
use uuid::Uuid;

/// The columns that only an edit changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreed<'a> {
    pub(super) lines: &'a [OrderLine],
    pub(super) parts: &'a [Part],
    pub(super) totals: &'a Totals,
}

impl<'a> Agreed<'a> {
    /// `None` for an event that agrees on nothing.
    pub(super) fn of(event: &'a OrderEvent) -> Option<Self> {
        match event {
            OrderEvent::OrderPlaced { lines, parts, totals, .. }
            | OrderEvent::OrderEdited { lines, parts, totals, .. } => Some(Self { lines, parts, totals }),
            OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::PartDelivered { .. }
            | OrderEvent::OrderCancelled { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => None,
        }
    }

    pub(super) fn companies(&self) -> Vec<Option<Uuid>> {
        self.parts.iter().map(|part| part.company.map(|id| id.as_uuid())).collect()
    }

    pub(super) fn warehouses(&self) -> Vec<Option<Uuid>> {
        self.parts.iter().map(|part| part.warehouse.map(|id| id.as_uuid())).collect()
    }

    pub(super) fn units(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.quantity.get())).sum()
    }
}

/// Replaces what an order of an earlier batch was agreed on, all but its lines: these are struck out here, and written
/// with all others. Edits are few, so each is a statement of its own.
pub(super) async fn replace(
    connection: &mut PgConnection,
    order: Uuid,
    agreed: Agreed<'_>,
) -> Result<(), sqlx::Error> {
    let totals = agreed.totals;
    sqlx::query(
        "update orders set subtotal = $2, discount = $3, delivery = $4, tax = $5, rounding = $6, total = $7, \
                line_count = $8, units = $9, part_companies = $10, part_warehouses = $11 where id = $1",
    )
    .bind(order)
    .bind(totals.subtotal.minor())
    .bind(totals.discount.minor())
    .bind(totals.delivery.minor())
    .bind(totals.tax.minor())
    .bind(totals.rounding.minor())
    .bind(totals.total.minor())
    .bind(i32::try_from(agreed.lines.len()).unwrap_or(i32::MAX))
    .bind(agreed.units())
    .bind(agreed.companies())
    .bind(agreed.warehouses())
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from order_lines where order_id = $1").bind(order).execute(connection).await?;
    Ok(())
}
