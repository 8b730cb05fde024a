//! Arrivals, corrections and thresholds of one product in one warehouse.

use domain::{
    catalog::Product,
    ids::{ProductId, WarehouseId},
    inventory::{Level, Lot, Stock, StockCommand, StockEvent},
    quantity::Quantity,
    refusal::{Fault, Refusal},
    text::Reason,
};
use event_store::{Decision, Executed, StreamRef, Unit};

use super::{Inventory, NOT_GOODS, StockAccepted, check_open, reads_warehouse};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    catalog::{is_goods, unknown_product},
    execute::{Ruling, execute, refuse},
};

/// An arrival to book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveStock {
    /// Which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How many.
    pub quantity: Quantity,
    /// The delivery's reference.
    pub reference: Option<Reason>,
    /// Of which lot, where that is known.
    pub lot: Option<Lot>,
}

/// A correction of what is on hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustStock {
    /// Which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// Units more or fewer; not zero.
    pub delta: i64,
    /// Why.
    pub reason: Reason,
    /// Of which lot. Without it more are of no lot, and fewer are taken from what expires first.
    pub lot: Option<Lot>,
}

/// A low-stock threshold to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetThreshold {
    /// Which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// At or below how many available units the stock is low.
    pub threshold: u32,
}

impl Inventory {
    /// Books an arrival.
    ///
    /// # Errors
    /// Unknown or foreign product or warehouse, `inventory.not_goods`, a closed warehouse, and the stock's own rules.
    pub async fn receive(
        &self,
        call: &Call,
        arrival: ReceiveStock,
    ) -> Result<Executed<StockAccepted>, CommandError> {
        let ReceiveStock { product, warehouse, quantity, reference, lot } = arrival;
        self.change(call, product, warehouse, StockCommand::Receive { warehouse, quantity, reference, lot })
            .await
    }

    /// Corrects what is on hand, never below what is reserved and held.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn adjust_stock(
        &self,
        call: &Call,
        adjustment: AdjustStock,
    ) -> Result<Executed<StockAccepted>, CommandError> {
        let AdjustStock { product, warehouse, delta, reason, lot } = adjustment;
        self.change(call, product, warehouse, StockCommand::Adjust { warehouse, delta, reason, lot }).await
    }

    /// Sets the low-stock threshold.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn set_threshold(
        &self,
        call: &Call,
        threshold: SetThreshold,
    ) -> Result<Executed<StockAccepted>, CommandError> {
        let SetThreshold { product, warehouse, threshold } = threshold;
        self.change(call, product, warehouse, StockCommand::SetThreshold { warehouse, threshold }).await
    }

    async fn change(
        &self,
        call: &Call,
        product: ProductId,
        warehouse: WarehouseId,
        command: StockCommand,
    ) -> Result<Executed<StockAccepted>, CommandError> {
        call.require(UseCase::ChangeStock)?;
        let caller = call.caller.clone();
        let unit = reads_stock(call.unit(), product, warehouse);
        execute(&self.log, call, unit, move |decision| {
            match change_stock(decision, &caller, product, warehouse, command.clone())? {
                Ok(accepted) => Ok(accepted),
                Err(refused) => refuse(refused),
            }
        })
        .await
    }
}

/// Names what [`change_stock`] looks at.
pub(super) fn reads_stock(unit: Unit, product: ProductId, warehouse: WarehouseId) -> Unit {
    let id = product.stream();
    reads_warehouse(unit, warehouse)
        .reads(StreamRef::of::<Product>(id.as_str()))
        .reads(StreamRef::of::<Stock>(id))
}

/// Decides one change; a refusal leaves the rest of the unit as it is.
pub(super) fn change_stock(
    decision: &mut Decision<'_>,
    caller: &Caller,
    product: ProductId,
    warehouse: WarehouseId,
    command: StockCommand,
) -> Ruling<Result<StockAccepted, Refused>> {
    if let Err(refused) = check_goods(decision, caller, product)? {
        return Ok(Err(refused));
    }
    if let Err(refused) = check_open(decision, caller, warehouse)? {
        return Ok(Err(refused));
    }
    // Worked out from the level and the events, because a stock with many reservations is dear to copy.
    let id = product.stream();
    let level = decision.state::<Stock>(&id)?.level(warehouse);
    match decision.decide::<Stock>(&id, command)? {
        Ok(events) => Ok(Ok(level_after(decision, product, warehouse, level, &events)?)),
        Err(refusal) => Ok(Err(Refused::of(&refusal))),
    }
}

/// The counters of a warehouse that had `level` before `events`.
pub(super) fn level_after(
    decision: &mut Decision<'_>,
    product: ProductId,
    warehouse: WarehouseId,
    mut level: Level,
    events: &[StockEvent],
) -> Ruling<StockAccepted> {
    for event in events {
        event.each_movement(|movement| {
            if movement.warehouse == warehouse {
                level.on_hand = level.on_hand.saturating_add_signed(movement.on_hand);
                level.reserved = level.reserved.saturating_add_signed(movement.reserved);
                level.held = level.held.saturating_add_signed(movement.held);
            }
        });
        if let StockEvent::StockThresholdSet { threshold, .. } = event {
            level.threshold = *threshold;
        }
    }
    Ok(StockAccepted::new(product, warehouse, level, decision.version::<Stock>(&product.stream())?))
}

/// Whether `caller` may count this product: it exists, is the caller's to see, and is no service.
pub(super) fn check_goods(
    decision: &mut Decision<'_>,
    caller: &Caller,
    product: ProductId,
) -> Ruling<Result<(), Refused>> {
    let state = decision.state::<Product>(&product.stream())?;
    if !state.exists() || caller.is_foreign(state.company()) {
        let unknown = domain::catalog::ProductError::NotFound;
        let fault = Fault { code: unknown.code(), ..Fault::at("/product", &unknown) };
        return Ok(Err(Refused { faults: vec![fault], ..unknown_product() }));
    }
    if !is_goods(state) {
        return Ok(Err(NOT_GOODS.refusal_at("/product")));
    }
    Ok(Ok(()))
}
