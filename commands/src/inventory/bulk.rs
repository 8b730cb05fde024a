//! Many adjustments in one unit: all or nothing, or each row for itself.

use domain::{inventory::StockCommand, refusal::Fault};
use event_store::Executed;
use serde::{Deserialize, Serialize};

use super::{
    AdjustStock, Inventory, NO_ROWS, ROWS_REFUSED, StockAccepted, TOO_MANY_ROWS,
    stock::{change_stock, reads_stock},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{execute, refuse},
};

/// The most rows of one unit: it is decided under the append lock, and others wait meanwhile.
pub const MAX_BULK_ROWS: usize = 1_000;

/// What happens to the other rows when one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkMode {
    /// None is adjusted.
    AllOrNothing,
    /// They are adjusted all the same.
    PerRow,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RowOutcome {
    /// It was adjusted.
    Adjusted {
        /// The counters after it.
        stock: StockAccepted,
    },
    /// It was refused.
    Refused {
        /// Stable code.
        code: String,
        /// One sentence for a person.
        message: String,
    },
}

/// What became of every row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkAccepted {
    /// In the order of the request.
    pub rows: Vec<RowOutcome>,
}

impl Inventory {
    /// Makes many adjustments as one unit.
    ///
    /// # Errors
    /// `inventory.rows_refused` with a fault per row (all or nothing), `inventory.too_many_rows`,
    /// `inventory.no_rows`.
    pub async fn bulk_adjust(
        &self,
        call: &Call,
        rows: Vec<AdjustStock>,
        mode: BulkMode,
    ) -> Result<Executed<BulkAccepted>, CommandError> {
        call.require(UseCase::AdjustStockInBulk)?;
        if rows.is_empty() {
            return Err(NO_ROWS.refusal_at("").into());
        }
        if rows.len() > MAX_BULK_ROWS {
            return Err(TOO_MANY_ROWS.refusal_at("").into());
        }
        let caller = call.caller.clone();
        let unit = rows.iter().fold(call.unit(), |unit, row| reads_stock(unit, row.product, row.warehouse));
        execute(&self.log, call, unit, move |decision| {
            let mut outcomes = Vec::with_capacity(rows.len());
            let mut faults = Vec::new();
            for (index, row) in rows.iter().enumerate() {
                let adjust = StockCommand::Adjust {
                    warehouse: row.warehouse,
                    delta: row.delta,
                    reason: row.reason.clone(),
                    lot: row.lot.clone(),
                };
                match change_stock(decision, &caller, row.product, row.warehouse, adjust)? {
                    Ok(stock) => outcomes.push(RowOutcome::Adjusted { stock }),
                    Err(refused) => {
                        outcomes.push(RowOutcome::Refused {
                            code: refused.code.to_owned(),
                            message: refused.message.clone(),
                        });
                        faults.extend(of_row(index, refused));
                    }
                }
            }
            if mode == BulkMode::AllOrNothing && !faults.is_empty() {
                return refuse(Refused { faults, ..ROWS_REFUSED.refusal() });
            }
            Ok(BulkAccepted { rows: outcomes })
        })
        .await
    }
}

/// A row's refusal as faults of the whole request.
fn of_row(index: usize, refused: Refused) -> Vec<Fault> {
    let Refused { code, message, mut faults, .. } = refused;
    if faults.is_empty() {
        faults.push(Fault {
            pointer: String::new(),
            code,
            message,
            numbers: serde_json::Map::new(),
        });
    }
    for fault in &mut faults {
        fault.pointer = format!("/{index}{}", fault.pointer);
    }
    faults
}
