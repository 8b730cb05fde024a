//! Filling the tables. An order whose whole life is in one batch is written once, as it ended.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    orders::{Order, OrderEvent, OrderStatus, Return, ReturnEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{edit::Agreed, progress::Progress, write};
use crate::{
    columns::{Columns, Word, undecodable},
    fold::{orphan, stream_id},
};

/// The read model `order_list`.
#[derive(Debug)]
pub struct OrderList;

#[async_trait]
impl Projection for OrderList {
    fn name(&self) -> &'static str {
        "order_list"
    }

    fn version(&self) -> u32 {
        2
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "OrderPlaced",
            "OrderEdited",
            "OrderConfirmed",
            "PartProcessed",
            "PartShipped",
            "PartDelivered",
            "OrderCancelled",
            "OrderFlagged",
            "FlagCleared",
            "FraudConfirmed",
            "LinesReturned",
            "ReturnWithdrawn",
            "ReturnRequested",
            "CreditIssued",
            "ReturnRejected",
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
        let mut folded = Folded::load(connection, &facts).await?;
        for fact in &facts {
            folded.apply(fact)?;
        }
        write::write(connection, &folded).await?;
        Ok(())
    }
}

enum What<'a> {
    Order(&'a OrderEvent),
    Return(&'a ReturnEvent),
}

/// One event with its stream's id.
struct Fact<'a> {
    id: Uuid,
    what: What<'a>,
    event: &'a RecordedEvent,
}

fn read(batch: &[Arc<RecordedEvent>]) -> Result<Vec<Fact<'_>>, ProjectionError> {
    let mut facts = Vec::with_capacity(batch.len());
    for event in batch {
        let what = match event.aggregate_type.as_str() {
            Order::KIND => What::Order(event.typed()?),
            Return::KIND => What::Return(event.typed()?),
            _ => continue,
        };
        facts.push(Fact { id: stream_id(event)?, what, event });
    }
    Ok(facts)
}

/// A credit that a return will end in.
#[derive(Debug, Clone, Copy)]
pub(super) struct PendingCredit {
    pub(super) order: Uuid,
    /// Minor units.
    pub(super) amount: i64,
}

/// What a batch does to the tables.
pub(super) struct Folded<'a> {
    /// Every order that the batch touches.
    pub(super) progress: HashMap<Uuid, Progress>,
    /// Those that it places.
    pub(super) placed: HashMap<Uuid, (&'a OrderEvent, &'a RecordedEvent)>,
    /// What those that it edits were agreed on last.
    pub(super) edited: HashMap<Uuid, Agreed<'a>>,
    /// Those that were there before and change.
    pub(super) changed: HashSet<Uuid>,
    /// Units coming back, by return: order, line, units.
    pub(super) returned: HashMap<Uuid, Vec<(Uuid, u16, u32)>>,
    /// Returns of earlier batches that were withdrawn.
    pub(super) withdrawn: Vec<Uuid>,
    pub(super) pending: HashMap<Uuid, PendingCredit>,
    /// Returns that this batch requests; the other pending ones are stored already.
    pub(super) requested: HashSet<Uuid>,
    /// Returns of earlier batches whose credit was issued or refused.
    pub(super) settled: Vec<Uuid>,
}

impl<'a> Folded<'a> {
    /// Reads the rows that the batch changes and does not make.
    async fn load(connection: &mut PgConnection, facts: &[Fact<'a>]) -> Result<Self, sqlx::Error> {
        let mut made: HashSet<Uuid> = HashSet::new();
        let mut orders: HashSet<Uuid> = HashSet::new();
        let mut returns: Vec<Uuid> = Vec::new();
        for fact in facts {
            match fact.what {
                What::Order(OrderEvent::OrderPlaced { .. }) => {
                    made.insert(fact.id);
                }
                What::Order(_) => {
                    orders.insert(fact.id);
                }
                What::Return(ReturnEvent::ReturnRequested { order, .. }) => {
                    orders.extend(order.map(|order| order.as_uuid()));
                }
                What::Return(ReturnEvent::CreditIssued { .. } | ReturnEvent::ReturnRejected { .. }) => {
                    returns.push(fact.id);
                }
                What::Return(ReturnEvent::ReturnApproved | ReturnEvent::ReturnReceived { .. }) => {}
            }
        }
        let pending = load_pending(connection, &returns).await?;
        orders.extend(pending.values().map(|credit| credit.order));
        let stored: Vec<Uuid> = orders.difference(&made).copied().collect();
        Ok(Self {
            progress: load_progress(connection, &stored).await?,
            placed: HashMap::new(),
            edited: HashMap::new(),
            changed: HashSet::new(),
            returned: HashMap::new(),
            withdrawn: Vec::new(),
            pending,
            requested: HashSet::new(),
            settled: Vec::new(),
        })
    }

    fn apply(&mut self, fact: &Fact<'a>) -> Result<(), ProjectionError> {
        match fact.what {
            What::Order(order) => self.apply_order(fact.id, order, fact.event),
            What::Return(change) => {
                self.apply_return(fact.id, change, fact.event);
                Ok(())
            }
        }
    }

    fn apply_order(
        &mut self,
        id: Uuid,
        order: &'a OrderEvent,
        event: &'a RecordedEvent,
    ) -> Result<(), ProjectionError> {
        if let OrderEvent::OrderPlaced { payment_method, parts, totals, .. } = order {
            let progress = Progress {
                payment_method: *payment_method,
                total: totals.total.minor(),
                part_statuses: vec![OrderStatus::Pending; parts.len()],
                credited: 0,
                invoice_number: None,
                cancel_reason: None,
                version: event.sequence,
                updated_at: event.recorded_at,
            };
            self.progress.insert(id, progress);
            self.placed.insert(id, (order, event));
            return Ok(());
        }
        self.progress.get_mut(&id).ok_or_else(|| orphan(event))?.apply(order, event);
        self.touch(id);
        match order {
            OrderEvent::LinesReturned { return_id, lines } => {
                let units = lines.iter().map(|line| (id, line.line, line.quantity.get()));
                self.returned.entry(return_id.as_uuid()).or_default().extend(units);
            }
            OrderEvent::ReturnWithdrawn { return_id } => {
                if self.returned.remove(&return_id.as_uuid()).is_none() {
                    self.withdrawn.push(return_id.as_uuid());
                }
            }
            OrderEvent::OrderEdited { .. } => {
                self.edited.extend(Agreed::of(order).map(|agreed| (id, agreed)));
            }
            OrderEvent::OrderPlaced { .. }
            | OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::PartDelivered { .. }
            | OrderEvent::OrderCancelled { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. } => {}
        }
        Ok(())
    }

    fn apply_return(&mut self, id: Uuid, change: &ReturnEvent, event: &RecordedEvent) {
        match change {
            ReturnEvent::ReturnRequested { order: Some(order), total, .. } => {
                self.pending.insert(id, PendingCredit { order: order.as_uuid(), amount: total.minor() });
                self.requested.insert(id);
            }
            ReturnEvent::CreditIssued { .. } => {
                if let Some(credit) = self.settle(id)
                    && let Some(progress) = self.progress.get_mut(&credit.order)
                {
                    progress.credited = progress.credited.saturating_add(credit.amount);
                    progress.updated_at = event.recorded_at;
                    self.touch(credit.order);
                }
            }
            ReturnEvent::ReturnRejected { .. } => {
                self.settle(id);
            }
            ReturnEvent::ReturnRequested { order: None, .. }
            | ReturnEvent::ReturnApproved
            | ReturnEvent::ReturnReceived { .. } => {}
        }
    }

    fn settle(&mut self, return_id: Uuid) -> Option<PendingCredit> {
        let credit = self.pending.remove(&return_id)?;
        if !self.requested.remove(&return_id) {
            self.settled.push(return_id);
        }
        Some(credit)
    }

    fn touch(&mut self, id: Uuid) {
        if !self.placed.contains_key(&id) {
            self.changed.insert(id);
        }
    }
}

async fn load_pending(
    connection: &mut PgConnection,
    returns: &[Uuid],
) -> Result<HashMap<Uuid, PendingCredit>, sqlx::Error> {
    if returns.is_empty() {
        return Ok(HashMap::new());
    }
    let rows =
        sqlx::query("select return_id, order_id, amount from pending_credits where return_id = any($1)")
            .bind(returns)
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let credit = PendingCredit { order: row.try_get(1)?, amount: row.try_get(2)? };
            Ok((row.try_get(0)?, credit))
        })
        .collect()
}

async fn load_progress(
    connection: &mut PgConnection,
    orders: &[Uuid],
) -> Result<HashMap<Uuid, Progress>, sqlx::Error> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "select id, payment_method, total, part_statuses, credited, invoice_number, cancel_reason, version, \
                updated_at from orders where id = any($1)",
    )
    .bind(orders)
    .fetch_all(connection)
    .await?;
    let mut progress = HashMap::with_capacity(rows.len());
    for row in &rows {
        let statuses: Vec<String> = row.try_get("part_statuses")?;
        let statuses: Result<Vec<OrderStatus>, _> =
            statuses.iter().map(|word| OrderStatus::from_word(word)).collect();
        progress.insert(
            row.try_get("id")?,
            Progress {
                payment_method: row.word("payment_method")?,
                total: row.try_get("total")?,
                part_statuses: statuses.map_err(|error| undecodable("part_statuses", error))?,
                credited: row.try_get("credited")?,
                invoice_number: row.try_get("invoice_number")?,
                cancel_reason: row.try_get("cancel_reason")?,
                version: row.try_get("version")?,
                updated_at: row.try_get("updated_at")?,
            },
        );
    }
    Ok(progress)
}
