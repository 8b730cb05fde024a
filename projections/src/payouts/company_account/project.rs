//! Filling the tables.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    orders::{Order, Return},
    payouts::{Payout, PayoutEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{
    PayoutRow,
    fold::{Fact, Folded, What},
    write,
};
use crate::fold::stream_id;

/// The read model `company_account`.
#[derive(Debug)]
pub struct CompanyAccount;

#[async_trait]
impl Projection for CompanyAccount {
    fn name(&self) -> &'static str {
        "company_account"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "OrderPlaced",
            "OrderEdited",
            "PartDelivered",
            "OrderCancelled",
            "ReturnRequested",
            "CreditIssued",
            "ReturnRejected",
            "PayoutCreated",
            "PayoutApproved",
            "PayoutPaid",
            "PayoutFailed",
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
        let facts = read(batch)?;
        let payouts = take_payouts(connection, &facts).await?;
        let mut folded = Folded::load(connection, &facts, payouts).await?;
        for fact in &facts {
            folded.apply(fact)?;
        }
        write::write(connection, folded).await?;
        Ok(())
    }
}

fn read(batch: &[Arc<RecordedEvent>]) -> Result<Vec<Fact<'_>>, ProjectionError> {
    let mut facts = Vec::with_capacity(batch.len());
    for event in batch {
        let what = match event.aggregate_type.as_str() {
            Order::KIND => What::Order(event.typed()?),
            Return::KIND => What::Return(event.typed()?),
            Payout::KIND => What::Payout(event.typed()?),
            _ => continue,
        };
        facts.push(Fact { id: stream_id(event)?, what, event });
    }
    Ok(facts)
}

/// Takes out the rows of payouts that change; they are written anew at the end of the batch. Payouts are few.
async fn take_payouts(
    connection: &mut PgConnection,
    facts: &[Fact<'_>],
) -> Result<HashMap<Uuid, PayoutRow>, sqlx::Error> {
    let changed: Vec<Uuid> = facts
        .iter()
        .filter(|fact| match fact.what {
            What::Payout(change) => !matches!(change, PayoutEvent::PayoutCreated { .. }),
            What::Order(_) | What::Return(_) => false,
        })
        .map(|fact| fact.id)
        .collect();
    if changed.is_empty() {
        return Ok(HashMap::new());
    }
    let sql =
        format!("delete from payouts p where p.id = any($1) returning {}", super::queries::PAYOUT_COLUMNS);
    let rows = sqlx::query(&sql).bind(changed).fetch_all(connection).await?;
    rows.iter()
        .map(|row| PayoutRow::from_row(row).map(|payout| (payout.id.as_uuid(), payout)))
        .collect()
}
