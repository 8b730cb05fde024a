//! Stock that goes from one warehouse into another, and stock that is written off.

use domain::{
    ids::{ProductId, WarehouseId},
    inventory::{Lot, Stock, StockCommand, StockError, WasteCause},
    quantity::Quantity,
    text::Reason,
};
use event_store::Executed;
use serde::{Deserialize, Serialize};

use super::{
    Inventory, StockAccepted, check_open, reads_warehouse,
    stock::{change_stock, check_goods, level_after, reads_stock},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{execute, judge, refuse},
};

/// Units to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferStock {
    /// Of which product.
    pub product: ProductId,
    /// Out of which warehouse.
    pub from: WarehouseId,
    /// Into which.
    pub to: WarehouseId,
    /// How many.
    pub quantity: Quantity,
    /// Of which lot; without it those that expire first and have not expired.
    pub lot: Option<Lot>,
    /// Why.
    pub reason: Option<Reason>,
}

/// The counters of both warehouses after a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferAccepted {
    /// Where the units were.
    pub from: StockAccepted,
    /// Where they are.
    pub to: StockAccepted,
}

/// Units to write off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasteStock {
    /// Of which product.
    pub product: ProductId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How many.
    pub quantity: Quantity,
    /// Why.
    pub cause: WasteCause,
    /// Of which lot; without it those that expire (or have expired) first.
    pub lot: Option<Lot>,
    /// What somebody wrote about it.
    pub note: Option<Reason>,
}

impl Inventory {
    /// Moves units from one warehouse into another. One event says both, so that no reader ever sees them in neither
    /// or in both; never what is reserved or held.
    ///
    /// # Errors
    /// `inventory.exceeds_available`, `inventory.expired_stock`, `inventory.lot_too_small`, `inventory.same_warehouse`,
    /// and as [`Self::receive`] for either warehouse.
    pub async fn transfer(
        &self,
        call: &Call,
        wanted: TransferStock,
    ) -> Result<Executed<TransferAccepted>, CommandError> {
        call.require(UseCase::TransferStock)?;
        let caller = call.caller.clone();
        let unit = reads_warehouse(reads_stock(call.unit(), wanted.product, wanted.from), wanted.to);
        execute(&self.log, call, unit, move |decision| {
            let TransferStock { product, from, to, quantity, .. } = wanted;
            if let Err(refused) = check_goods(decision, &caller, product)? {
                return refuse(refused);
            }
            if from == to {
                return refuse(Refused::of(&StockError::SameWarehouse));
            }
            for (warehouse, pointer) in [(from, "/from_warehouse_id"), (to, "/to_warehouse_id")] {
                if let Err(mut refused) = check_open(decision, &caller, warehouse)? {
                    refused.faults.iter_mut().for_each(|fault| pointer.clone_into(&mut fault.pointer));
                    return refuse(refused);
                }
            }
            let id = product.stream();
            let state = decision.state::<Stock>(&id)?;
            let (left, entered) = (state.level(from), state.level(to));
            let command = StockCommand::Transfer {
                from,
                to,
                quantity,
                lot: wanted.lot.clone(),
                reason: wanted.reason.clone(),
                now: decision.now(),
            };
            let events = judge::<Stock>(decision, &id, command)?;
            Ok(TransferAccepted {
                from: level_after(decision, product, from, left, &events)?,
                to: level_after(decision, product, to, entered, &events)?,
            })
        })
        .await
    }

    /// Writes units off that can be sold no more; never what is reserved or held.
    ///
    /// # Errors
    /// `inventory.exceeds_available`, `inventory.lot_too_small`, and as [`Self::receive`].
    pub async fn waste(
        &self,
        call: &Call,
        wasted: WasteStock,
    ) -> Result<Executed<StockAccepted>, CommandError> {
        call.require(UseCase::WasteStock)?;
        let caller = call.caller.clone();
        let unit = reads_stock(call.unit(), wasted.product, wasted.warehouse);
        execute(&self.log, call, unit, move |decision| {
            let WasteStock { product, warehouse, quantity, cause, .. } = wasted;
            let (lot, note) = (wasted.lot.clone(), wasted.note.clone());
            let command = StockCommand::Waste { warehouse, quantity, cause, lot, note };
            match change_stock(decision, &caller, product, warehouse, command)? {
                Ok(accepted) => Ok(accepted),
                Err(refused) => refuse(refused),
            }
        })
        .await
    }
}
