//! Filling the tables.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    ids::{HoldId, OrderId, ReturnId},
    inventory::{Movement, ReleaseCause, Stock, StockEvent},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::{
    columns::{Word, words},
    fold::stream_id,
};

/// The read model `stock_history`.
#[derive(Debug)]
pub struct StockHistory;

words! {
    ReleaseCause {
        Cancelled = "cancelled",
        Edited = "edited",
        Expired = "expired",
        GivenBack = "given_back",
        Consumed = "consumed",
    }
}

const COLUMNS: &[&str] = &[
    "position",
    "product",
    "warehouse",
    "event_type",
    "delta_on_hand",
    "delta_reserved",
    "delta_held",
    "on_hand",
    "reserved",
    "held",
    "order_id",
    "hold_id",
    "return_id",
    "reason",
    "actor_kind",
    "actor_id",
    "effective_at",
    "recorded_at",
];

#[async_trait]
impl Projection for StockHistory {
    fn name(&self) -> &'static str {
        "stock_history"
    }

    fn version(&self) -> u32 {
        2
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "StockReceived",
            "StockAdjusted",
            "StockReserved",
            "StockReleased",
            "StockDeducted",
            "StockReturned",
            "StockTransferred",
            "StockWasted",
            "StockHeld",
            "HoldReleased",
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
        let mut moves: Vec<(&RecordedEvent, &StockEvent, Uuid, Movement)> = Vec::with_capacity(batch.len());
        for event in batch.iter().filter(|event| event.aggregate_type == Stock::KIND) {
            let (product, stock) = (stream_id(event)?, event.typed()?);
            for movement in movements_of(stock) {
                moves.push((event, stock, product, movement));
            }
        }
        if moves.is_empty() {
            return Ok(());
        }
        let mut balances = last_balances(connection, &moves).await?;
        let mut copy = CopyRows::into_table("movements", COLUMNS);
        for (event, stock, product, movement) in moves {
            let balance = balances.entry((product, movement.warehouse.as_uuid())).or_default();
            balance.on_hand = balance.on_hand.saturating_add(movement.on_hand);
            balance.reserved = balance.reserved.saturating_add(movement.reserved);
            balance.held = balance.held.saturating_add(movement.held);
            write(&mut copy, event, product, &movement, balance, &cause(stock));
        }
        copy.send(connection).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Balance {
    on_hand: i64,
    reserved: i64,
    held: i64,
}

/// One movement for each warehouse, in order of appearance.
fn movements_of(event: &StockEvent) -> Vec<Movement> {
    let mut movements: Vec<Movement> = Vec::with_capacity(1);
    event.each_movement(|movement| {
        match movements.iter_mut().find(|known| known.warehouse == movement.warehouse) {
            Some(known) => {
                known.on_hand = known.on_hand.saturating_add(movement.on_hand);
                known.reserved = known.reserved.saturating_add(movement.reserved);
                known.held = known.held.saturating_add(movement.held);
            }
            None => movements.push(movement),
        }
    });
    movements
}

/// The balances before the batch, and a note of the places that have none yet.
async fn last_balances(
    connection: &mut PgConnection,
    moves: &[(&RecordedEvent, &StockEvent, Uuid, Movement)],
) -> Result<HashMap<(Uuid, Uuid), Balance>, sqlx::Error> {
    let mut places: Vec<(Uuid, Uuid)> =
        moves.iter().map(|(_, _, product, movement)| (*product, movement.warehouse.as_uuid())).collect();
    places.sort_unstable();
    places.dedup();
    let (products, warehouses): (Vec<Uuid>, Vec<Uuid>) = places.iter().copied().unzip();
    let rows = sqlx::query(
        "select p.product, p.warehouse, m.on_hand, m.reserved, m.held \
         from unnest($1::uuid[], $2::uuid[]) as p (product, warehouse) \
         cross join lateral (select on_hand, reserved, held from movements \
                             where product = p.product and warehouse = p.warehouse \
                             order by position desc limit 1) m",
    )
    .bind(products)
    .bind(warehouses)
    .fetch_all(&mut *connection)
    .await?;
    let mut balances = HashMap::with_capacity(places.len());
    for row in rows {
        let balance = Balance {
            on_hand: row.try_get(2)?,
            reserved: row.try_get(3)?,
            held: row.try_get(4)?,
        };
        balances.insert((row.try_get(0)?, row.try_get(1)?), balance);
    }
    let mut stocked = CopyRows::into_table("stocked", &["product", "warehouse"]);
    for place in places.iter().filter(|place| !balances.contains_key(*place)) {
        stocked.row().uuid(place.0).uuid(place.1);
    }
    stocked.send(connection).await?;
    Ok(balances)
}

/// Who or what caused a movement.
#[derive(Default)]
struct Cause<'a> {
    order: Option<OrderId>,
    hold: Option<HoldId>,
    return_id: Option<ReturnId>,
    reason: Option<Cow<'a, str>>,
}

fn cause(event: &StockEvent) -> Cause<'_> {
    let none = Cause::default();
    match event {
        StockEvent::StockReceived { reference, .. } => Cause {
            reason: reference.as_ref().map(|text| text.as_str().into()),
            ..none
        },
        StockEvent::StockAdjusted { reason, .. } => Cause { reason: Some(reason.as_str().into()), ..none },
        StockEvent::StockTransferred { reason, .. } => Cause {
            reason: reason.as_ref().map(|text| text.as_str().into()),
            ..none
        },
        StockEvent::StockWasted { cause, note, .. } => {
            let reason = match note {
                Some(note) => Cow::Owned(format!("{}: {note}", cause.as_str())),
                None => Cow::Borrowed(cause.as_str()),
            };
            Cause { reason: Some(reason), ..none }
        }
        StockEvent::StockReserved { order, hold, .. } => Cause { order: Some(*order), hold: *hold, ..none },
        StockEvent::StockReleased { order, cause, .. } => Cause {
            order: Some(*order),
            reason: Some(cause.word().into()),
            ..none
        },
        StockEvent::StockDeducted { order, .. } => Cause { order: Some(*order), ..none },
        StockEvent::StockReturned { return_id, .. } => Cause { return_id: Some(*return_id), ..none },
        StockEvent::StockHeld { hold, .. } => Cause { hold: Some(*hold), ..none },
        StockEvent::HoldReleased { hold, cause, .. } => {
            Cause { hold: Some(*hold), reason: Some(cause.word().into()), ..none }
        }
        StockEvent::StockThresholdSet { .. }
        | StockEvent::ReorderRuleSet { .. }
        | StockEvent::ReorderPointReached { .. }
        | StockEvent::StockFellLow { .. }
        | StockEvent::StockRanOut { .. }
        | StockEvent::StockRecovered { .. } => none,
    }
}

fn write(
    copy: &mut CopyRows,
    event: &RecordedEvent,
    product: Uuid,
    movement: &Movement,
    balance: &Balance,
    cause: &Cause<'_>,
) {
    copy.row()
        .int8(event.position)
        .uuid(product)
        .uuid(movement.warehouse.as_uuid())
        .text(&event.event_type)
        .int8(movement.on_hand)
        .int8(movement.reserved)
        .int8(movement.held)
        .int8(balance.on_hand)
        .int8(balance.reserved)
        .int8(balance.held)
        .maybe_uuid(cause.order.map(|id| id.as_uuid()))
        .maybe_uuid(cause.hold.map(|id| id.as_uuid()))
        .maybe_uuid(cause.return_id.map(|id| id.as_uuid()))
        .maybe_text(cause.reason.as_deref())
        .text(event.metadata.actor.kind.word())
        .maybe_uuid(event.metadata.actor.id)
        .time(event.effective_at())
        .time(event.recorded_at);
}
