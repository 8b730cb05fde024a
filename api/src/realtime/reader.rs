//! Reading messages from the log, with what the read models say of whose business each is.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use domain::{
    decider::Decider,
    ids::{CompanyId, OrderId, ProductId, WarehouseId},
    inventory::{Stock, StockEvent},
    orders::{Order, OrderEvent},
};
use event_store::{EventFilter, LogError, RecordedEvent};
use projections::{
    catalog::product_list,
    inventory::stock_levels,
    orders::order_list::{self, OrderRow},
};
use uuid::Uuid;

use super::{
    message::{About, Message, MessageBody},
    name::{EVENTS, Name},
};
use crate::http::consistency::Reads;

/// The read models that say whose business something is.
pub(super) const MODELS: [&str; 3] = ["order_list", "stock_levels", "product_list"];

/// Positions that are read at once.
pub(super) const WINDOW: i64 = 5_000;

/// The messages after `after` up to `up_to`, in order, at most [`WINDOW`] positions.
///
/// # Errors
/// When the database fails or an event cannot be read.
pub(super) async fn read(reads: &Reads, after: i64, up_to: i64) -> Result<Vec<Message>, LogError> {
    let filter = EventFilter {
        after,
        up_to: Some(up_to.min(after.saturating_add(WINDOW))),
        event_types: EVENTS.iter().map(|(event_type, _)| (*event_type).to_owned()).collect(),
        ..EventFilter::default()
    };
    let events = reads.log.read(&filter, usize::MAX).await?;
    let known = Known::load(reads, &events).await?;
    let epoch = reads.log.head().epoch;
    events.iter().filter_map(|event| known.message(event, epoch).transpose()).collect()
}

/// What the read models know of the events' orders and stock.
struct Known {
    orders: HashMap<Uuid, OrderRow>,
    /// Of products: whose they are.
    products: HashMap<Uuid, Option<CompanyId>>,
    /// Of warehouses: which zones they serve.
    warehouses: HashMap<WarehouseId, Vec<String>>,
}

impl Known {
    async fn load(reads: &Reads, events: &[RecordedEvent]) -> Result<Self, LogError> {
        let of = |kind: &str| -> HashSet<Uuid> {
            let ids = events.iter().filter(|event| event.aggregate_type == kind);
            ids.filter_map(|event| Uuid::try_parse(&event.aggregate_id).ok()).collect()
        };
        let orders: Vec<_> = of(Order::KIND).into_iter().map(OrderId::from_uuid).collect();
        let products: Vec<_> = of(Stock::KIND).into_iter().map(ProductId::from_uuid).collect();
        let pool = reads.pool();
        let mut known = Self {
            orders: HashMap::new(),
            products: HashMap::new(),
            warehouses: HashMap::new(),
        };
        if !orders.is_empty() {
            let rows = order_list::by_ids(pool, &orders).await?;
            known.orders = rows.into_iter().map(|row| (row.id.as_uuid(), row)).collect();
        }
        if !products.is_empty() {
            let rows = product_list::by_ids(pool, &products).await?;
            known.products = rows.into_iter().map(|row| (row.id.as_uuid(), row.company)).collect();
        }
        for event in events.iter().filter(|event| event.aggregate_type == Stock::KIND) {
            let Some((warehouse, _)) = crossing(event.typed()?) else {
                continue;
            };
            if let Entry::Vacant(place) = known.warehouses.entry(warehouse) {
                let row = stock_levels::warehouse(pool, warehouse).await?;
                place.insert(row.map(|row| row.zones).unwrap_or_default());
            }
        }
        Ok(known)
    }

    /// `None` for what a read model does not know: nobody can be told whose it is.
    fn message(&self, event: &RecordedEvent, epoch: u32) -> Result<Option<Message>, LogError> {
        let Some(name) = Name::of_event(&event.event_type) else {
            return Ok(None);
        };
        let Ok(id) = Uuid::try_parse(&event.aggregate_id) else {
            return Ok(None);
        };
        let mut body = MessageBody::of(event, name, epoch);
        let about = if event.aggregate_type == Order::KIND {
            let event = event.typed()?;
            self.orders.get(&id).map(|row| of_order(row, event, &mut body))
        } else {
            self.of_stock(ProductId::from_uuid(id), event.typed()?, &mut body)
        };
        let message = about.map(|about| Message::new(event.position, name, about, &body));
        message.transpose().map_err(|error| LogError::Damaged(error.to_string()))
    }

    fn of_stock(&self, product: ProductId, event: &StockEvent, body: &mut MessageBody) -> Option<About> {
        let (warehouse, (available, threshold)) = crossing(event)?;
        let company = *self.products.get(&product.as_uuid())?;
        body.product_id = Some(product.to_string());
        body.warehouse_id = Some(warehouse.to_string());
        body.available = Some(available);
        body.threshold = threshold;
        let zones = self.warehouses.get(&warehouse).cloned().unwrap_or_default();
        Some(About::Stock { company, zones })
    }
}

fn of_order(row: &OrderRow, event: &OrderEvent, body: &mut MessageBody) -> About {
    let part = match event {
        OrderEvent::PartProcessed { part }
        | OrderEvent::PartShipped { part }
        | OrderEvent::PartDelivered { part } => Some(*part),
        OrderEvent::OrderPlaced { .. }
        | OrderEvent::OrderEdited { .. }
        | OrderEvent::OrderConfirmed { .. }
        | OrderEvent::OrderCancelled { .. }
        | OrderEvent::OrderFlagged { .. }
        | OrderEvent::FlagCleared { .. }
        | OrderEvent::FraudConfirmed { .. }
        | OrderEvent::LinesReturned { .. }
        | OrderEvent::ReturnWithdrawn { .. } => None,
    };
    body.order_id = Some(row.id.to_string());
    body.zone.clone_from(&row.zone);
    body.part = part;
    // Where one part has moved, only its vendor hears of it.
    let parts = row.parts.iter().filter(|own| part.is_none_or(|moved| moved == own.number));
    About::Order {
        id: row.id,
        customer: row.customer,
        zone: row.zone.clone(),
        companies: parts.map(|part| part.company).collect(),
    }
}

/// Where stock has crossed a mark: what is left, and the mark where it is told.
const fn crossing(event: &StockEvent) -> Option<(WarehouseId, (u64, Option<u32>))> {
    match event {
        StockEvent::StockFellLow { warehouse, available, threshold } => {
            Some((*warehouse, (*available, Some(*threshold))))
        }
        StockEvent::StockRanOut { warehouse } => Some((*warehouse, (0, None))),
        StockEvent::StockRecovered { warehouse, available } => Some((*warehouse, (*available, None))),
        StockEvent::StockReceived { .. }
        | StockEvent::StockAdjusted { .. }
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
        | StockEvent::ReorderPointReached { .. } => None,
    }
}
