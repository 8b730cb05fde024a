//! Filling the tables.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    inventory::{Stock, StockEvent},
    orders::{Order, OrderEvent, Return, ReturnEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    facts::{OrderFact, ReturnFact, load_orders, load_returns},
    sheet::Sheet,
    write,
};
use crate::fold::{orphan, stream_id};

/// The read model `sales`.
#[derive(Debug)]
pub struct Sales;

#[async_trait]
impl Projection for Sales {
    fn name(&self) -> &'static str {
        "sales"
    }

    fn version(&self) -> u32 {
        3
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "OrderPlaced",
            "OrderEdited",
            "OrderCancelled",
            "ReturnRequested",
            "CreditIssued",
            "ReturnRejected",
            "StockAdjusted",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn views(&self) -> &'static str {
        include_str!("views.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut folded = Folded::load(connection, batch).await?;
        for event in batch {
            let event = event.as_ref();
            match event.aggregate_type.as_str() {
                Order::KIND => folded.order(stream_id(event)?, event.typed()?, event)?,
                Return::KIND => folded.return_(stream_id(event)?, event.typed()?, event)?,
                Stock::KIND => folded.stock(event)?,
                _ => {}
            }
        }
        write::write(connection, &folded).await?;
        Ok(())
    }
}

/// What a batch does to the tables.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) sheet: Sheet,
    /// Facts of earlier batches that this one may need.
    stored_orders: HashMap<Uuid, OrderFact>,
    stored_returns: HashMap<Uuid, ReturnFact>,
    /// Orders that this batch places or edits.
    orders: HashMap<Uuid, OrderFact>,
    /// Facts to remember.
    pub(super) returns: HashMap<Uuid, ReturnFact>,
    /// Whether an order of an earlier batch is cancelled or edited.
    pub(super) has_cancelled_earlier: bool,
    /// Facts of earlier batches that have served.
    pub(super) settled: Vec<Uuid>,
}

impl Folded {
    /// Reads the facts that the batch needs and does not bring.
    async fn load(
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<Self, ProjectionError> {
        let mut brought: HashSet<Uuid> = HashSet::new();
        let mut orders: HashMap<Uuid, String> = HashMap::new();
        let mut returns: HashSet<Uuid> = HashSet::new();
        for event in batch {
            match event.aggregate_type.as_str() {
                Order::KIND => match event.typed()? {
                    OrderEvent::OrderPlaced { .. } => {
                        brought.insert(stream_id(event)?);
                    }
                    OrderEvent::OrderCancelled { .. } | OrderEvent::OrderEdited { .. } => {
                        orders.insert(stream_id(event)?, event.aggregate_id.clone());
                    }
                    OrderEvent::OrderConfirmed { .. }
                    | OrderEvent::PartProcessed { .. }
                    | OrderEvent::PartShipped { .. }
                    | OrderEvent::PartDelivered { .. }
                    | OrderEvent::OrderFlagged { .. }
                    | OrderEvent::FlagCleared { .. }
                    | OrderEvent::FraudConfirmed { .. }
                    | OrderEvent::LinesReturned { .. }
                    | OrderEvent::ReturnWithdrawn { .. } => {}
                },
                Return::KIND => match event.typed()? {
                    ReturnEvent::ReturnRequested { order, country, .. } => {
                        brought.insert(stream_id(event)?);
                        // Only where the return itself does not tell its country.
                        let order = order.filter(|_| country.is_none());
                        orders.extend(order.map(|order| (order.as_uuid(), order.stream())));
                    }
                    ReturnEvent::CreditIssued { .. } | ReturnEvent::ReturnRejected { .. } => {
                        returns.insert(stream_id(event)?);
                    }
                    ReturnEvent::ReturnApproved | ReturnEvent::ReturnReceived { .. } => {}
                },
                _ => {}
            }
        }
        orders.retain(|id, _| !brought.contains(id));
        let orders: Vec<String> = orders.into_values().collect();
        let first = batch.first().map_or(0, |event| event.position);
        let returns: Vec<Uuid> = returns.difference(&brought).copied().collect();
        Ok(Self {
            stored_orders: load_orders(connection, &orders, first).await?,
            stored_returns: load_returns(connection, &returns).await?,
            ..Self::default()
        })
    }

    fn order(&mut self, id: Uuid, order: &OrderEvent, event: &RecordedEvent) -> Result<(), ProjectionError> {
        match order {
            OrderEvent::OrderPlaced { lines, .. } => {
                for line in lines {
                    self.sheet.name(line.product.as_uuid(), line.sku.as_str());
                }
                if let Some(fact) = OrderFact::of(order, event) {
                    self.sheet.order(&fact, 1);
                    self.orders.insert(id, fact);
                }
            }
            OrderEvent::OrderEdited { lines, totals, .. } => {
                for line in lines {
                    self.sheet.name(line.product.as_uuid(), line.sku.as_str());
                }
                let before = self.take(id, event)?;
                self.sheet.order(&before, -1);
                let fact = before.edited(lines, totals);
                self.sheet.order(&fact, 1);
                self.orders.insert(id, fact);
            }
            OrderEvent::OrderCancelled { reason: _ } => {
                let fact = self.take(id, event)?;
                self.sheet.order(&fact, -1);
            }
            OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::PartDelivered { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => {}
        }
        Ok(())
    }

    /// What an order that is called off or edited has contributed.
    fn take(&mut self, id: Uuid, event: &RecordedEvent) -> Result<OrderFact, ProjectionError> {
        if let Some(fact) = self.orders.remove(&id) {
            return Ok(fact);
        }
        self.has_cancelled_earlier = true;
        self.stored_orders.remove(&id).ok_or_else(|| orphan(event))
    }

    fn return_(
        &mut self,
        id: Uuid,
        change: &ReturnEvent,
        event: &RecordedEvent,
    ) -> Result<(), ProjectionError> {
        match change {
            ReturnEvent::ReturnRequested { order, .. } => {
                let order = order.map(|order| order.as_uuid());
                let fact = order.and_then(|id| self.orders.get(&id).or_else(|| self.stored_orders.get(&id)));
                let country = fact.map(|fact| fact.country.as_str());
                if let Some(fact) = ReturnFact::of(change, country) {
                    self.returns.insert(id, fact);
                }
            }
            ReturnEvent::CreditIssued { .. } => {
                let fact = self.settle(id).ok_or_else(|| orphan(event))?;
                self.sheet.credit(&fact, event.effective_at().date_naive());
            }
            ReturnEvent::ReturnRejected { .. } => {
                self.settle(id).ok_or_else(|| orphan(event))?;
            }
            ReturnEvent::ReturnApproved | ReturnEvent::ReturnReceived { .. } => {}
        }
        Ok(())
    }

    /// A return that needs to be remembered no longer.
    fn settle(&mut self, id: Uuid) -> Option<ReturnFact> {
        self.returns.remove(&id).or_else(|| {
            self.settled.push(id);
            self.stored_returns.remove(&id)
        })
    }

    fn stock(&mut self, event: &RecordedEvent) -> Result<(), ProjectionError> {
        match event.typed()? {
            StockEvent::StockAdjusted { delta, .. } => {
                self.sheet.adjustment(event.effective_at().date_naive(), stream_id(event)?, *delta);
            }
            StockEvent::StockReceived { .. }
            | StockEvent::StockReserved { .. }
            | StockEvent::StockReleased { .. }
            | StockEvent::StockDeducted { .. }
            | StockEvent::StockReturned { .. }
            | StockEvent::StockTransferred { .. }
            | StockEvent::StockWasted { .. }
            | StockEvent::StockHeld { .. }
            | StockEvent::HoldReleased { .. }
            | StockEvent::StockThresholdSet { .. }
            | StockEvent::ReorderRuleSet { .. }
            | StockEvent::ReorderPointReached { .. }
            | StockEvent::StockFellLow { .. }
            | StockEvent::StockRanOut { .. }
            | StockEvent::StockRecovered { .. } => {}
        }
        Ok(())
    }
}
