//! Ordering more. A stock tells that it has come to its rule's point; a reactor makes a job of that, and the job opens a
//! replenishment order. A claim on product and warehouse makes sure that no two are open at the same time, whoever asks.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    ids::{ProductId, ReorderId, SupplierId, WarehouseId},
    inventory::{
        Lot, Reorder, ReorderCommand, ReorderError, ReorderRule, Stock, StockCommand, StockEvent, Supplier,
        SupplierError, WantedStock, Warehouse,
    },
    quantity::Quantity,
    refusal::Fault,
    text::Reason,
};
use event_store::{
    ClaimOutcome, Decision, Executed, RecordedEvent, StreamRef,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{
    Inventory, StockAccepted, TOO_MANY_RULES, check_open, reads_warehouse,
    stock::{change_stock, reads_stock},
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    execute::{Ruling, execute, judge, refuse},
    jobs::{self, Job, JobError, JobHandler, NewJob},
};

/// The most rules of one unit.
pub const MAX_RULES: usize = 200;

/// The reactor's checkpoint.
pub const REORDERS: &str = "reorders";

const KIND: &str = "open_reorder";

/// The scope of the claims on what is being ordered; key is `product/warehouse`, holder the replenishment order's stream.
const OPEN_SCOPE: &str = "open_reorder";

/// The scope of the claims that say up to where a cancelled order was the answer; key is `product/warehouse`, holder the
/// version of the stock when it was cancelled.
const ANSWERED_SCOPE: &str = "reorder_answered";

/// What became of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierAccepted {
    /// Which.
    pub supplier: SupplierId,
    /// Its version now.
    pub version: i64,
}

/// When a warehouse orders more of a product; never by itself without a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoReorder {
    /// Of which product.
    pub product: ProductId,
    /// The rule.
    pub rule: Option<ReorderRule>,
}

/// What is to become of a replenishment order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReorderMove {
    /// Somebody agrees.
    Approve,
    /// The goods are there.
    Receive {
        /// How many came, where it is not what was ordered.
        quantity: Option<Quantity>,
        /// Of which lot.
        lot: Option<Lot>,
    },
    /// It is not needed.
    Cancel {
        /// Why.
        reason: Option<Reason>,
    },
}

/// What became of a replenishment order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorderAccepted {
    /// Which.
    pub reorder: ReorderId,
    /// Its version now.
    pub version: i64,
}

fn open_key(product: ProductId, warehouse: WarehouseId) -> String {
    format!("{}/{}", product.stream(), warehouse.stream())
}

impl Inventory {
    /// Says when a warehouse orders more of some products, all or nothing.
    ///
    /// # Errors
    /// Unknown or foreign products or warehouse, an unknown or retired supplier, `inventory.too_many_rules`.
    pub async fn set_auto_reorder(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        rules: Vec<AutoReorder>,
    ) -> Result<Executed<Vec<StockAccepted>>, CommandError> {
        call.require(UseCase::SetAutoReorder)?;
        if rules.len() > MAX_RULES {
            return Err(TOO_MANY_RULES.refusal_at("/rules").into());
        }
        let caller = call.caller.clone();
        let mut unit = reads_warehouse(call.unit(), warehouse);
        for AutoReorder { product, rule } in &rules {
            unit = reads_stock(unit, *product, warehouse);
            if let Some(supplier) = rule.and_then(|rule| rule.supplier) {
                unit = unit.reads(StreamRef::of::<Supplier>(supplier.stream()));
            }
        }
        execute(&self.log, call, unit, move |decision| {
            let mut accepted = Vec::with_capacity(rules.len());
            for (index, AutoReorder { product, rule }) in rules.iter().enumerate() {
                check_supplier(decision, rule.and_then(|rule| rule.supplier), index)?;
                let command = StockCommand::SetReorderRule { warehouse, rule: *rule };
                match change_stock(decision, &caller, *product, warehouse, command)? {
                    Ok(stock) => accepted.push(stock),
                    Err(mut refused) => {
                        for fault in refused.faults.iter_mut().filter(|fault| fault.pointer == "/product") {
                            fault.pointer = format!("/rules/{index}/product");
                        }
                        return refuse(refused);
                    }
                }
            }
            Ok(accepted)
        })
        .await
    }

    /// Opens a replenishment order, if the stock is still at its point and nothing is being ordered; answers whether.
    /// `crossing` is the version of the stock that came to its point: what happened before an order was cancelled is
    /// answered by that, however late it is asked. A repeat under the same id does nothing.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn open_reorder(
        &self,
        reorder: ReorderId,
        product: ProductId,
        warehouse: WarehouseId,
        crossing: i64,
    ) -> Result<bool, CommandError> {
        let call = Call::system();
        let (id, key) = (reorder.stream(), open_key(product, warehouse));
        let unit = call
            .unit()
            .claims(OPEN_SCOPE, &key)
            .claims(ANSWERED_SCOPE, &key)
            .reads(StreamRef::of::<Reorder>(id.as_str()))
            .reads(StreamRef::of::<Stock>(product.stream()));
        let executed = execute(&self.log, &call, unit, move |decision| {
            let stock = decision.state::<Stock>(&product.stream())?;
            let (available, rule) = (stock.level(warehouse).available(), stock.reorder_rule(warehouse));
            let Some(rule) = rule.filter(|rule| available <= u64::from(rule.reorder_at)) else {
                return Ok(false);
            };
            let is_known = decision.state::<Reorder>(&id)?.wanted().is_some();
            if is_known || decision.holder(OPEN_SCOPE, &key)?.is_some() {
                return Ok(false);
            }
            let answered = decision.holder(ANSWERED_SCOPE, &key)?;
            if answered
                .and_then(|version| version.parse().ok())
                .is_some_and(|version: i64| crossing <= version)
            {
                return Ok(false);
            }
            let mut supplier = None;
            if let Some(named) = rule.supplier
                && decision.state::<Supplier>(&named.stream())?.is_active()
            {
                supplier = Some(named);
            }
            if let ClaimOutcome::Taken(_) = decision.claim(OPEN_SCOPE, &key, &id)? {
                return Ok(false);
            }
            decision.release_claim(ANSWERED_SCOPE, &key);
            let wanted = WantedStock { product, warehouse, quantity: rule.quantity, supplier };
            judge::<Reorder>(decision, &id, ReorderCommand::Open { wanted, available })?;
            Ok(true)
        })
        .await?;
        Ok(executed.result)
    }

    /// Approves, receives or cancels a replenishment order. Receiving puts the goods on hand, in the same step and once.
    ///
    /// # Errors
    /// `inventory.reorder_not_found`, also where the warehouse is not the caller's, the order's own rules, and for
    /// receiving as [`Self::receive`].
    pub async fn move_reorder(
        &self,
        call: &Call,
        reorder: ReorderId,
        to: ReorderMove,
    ) -> Result<Executed<ReorderAccepted>, CommandError> {
        call.require(UseCase::MoveReorder)?;
        let caller = call.caller.clone();
        let id = reorder.stream();
        let unit = call.unit().reads(StreamRef::of::<Reorder>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            let Some(wanted) = decision.state::<Reorder>(&id)?.wanted().copied() else {
                return refuse(Refused::of(&ReorderError::NotFound));
            };
            if !is_in_reach(decision, &caller, wanted.warehouse)? {
                return refuse(Refused::of(&ReorderError::NotFound));
            }
            match &to {
                ReorderMove::Approve => {
                    judge::<Reorder>(decision, &id, ReorderCommand::Approve)?;
                }
                ReorderMove::Receive { quantity, lot } => {
                    judge::<Reorder>(decision, &id, ReorderCommand::Receive { quantity: *quantity })?;
                    decision.release_claim(OPEN_SCOPE, &open_key(wanted.product, wanted.warehouse));
                    book(
                        decision,
                        &caller,
                        &wanted,
                        quantity.unwrap_or(wanted.quantity),
                        lot.clone(),
                        reorder,
                    )?;
                }
                ReorderMove::Cancel { reason } => {
                    let command = ReorderCommand::Cancel { reason: reason.clone() };
                    if !judge::<Reorder>(decision, &id, command)?.is_empty() {
                        let key = open_key(wanted.product, wanted.warehouse);
                        let version = decision.version::<Stock>(&wanted.product.stream())?;
                        decision.release_claim(OPEN_SCOPE, &key);
                        decision.release_claim(ANSWERED_SCOPE, &key);
                        decision.claim(ANSWERED_SCOPE, &key, &version.to_string())?;
                    }
                }
            }
            Ok(ReorderAccepted { reorder, version: decision.version::<Reorder>(&id)? })
        })
        .await
    }
}

/// Puts what was delivered on hand.
fn book(
    decision: &mut Decision<'_>,
    caller: &Caller,
    wanted: &WantedStock,
    quantity: Quantity,
    lot: Option<Lot>,
    reorder: ReorderId,
) -> Ruling<()> {
    let WantedStock { product, warehouse, .. } = *wanted;
    if let Err(refused) = check_open(decision, caller, warehouse)? {
        return refuse(refused);
    }
    let reference = Reason::parse(&reorder.to_string()).ok();
    let receive = StockCommand::Receive { warehouse, quantity, reference, lot };
    judge::<Stock>(decision, &product.stream(), receive)?;
    Ok(())
}

/// As for stock: a warehouse that serves one of the caller's zones by name.
fn is_in_reach(decision: &mut Decision<'_>, caller: &Caller, warehouse: WarehouseId) -> Ruling<bool> {
    let premises = decision.state::<Warehouse>(&warehouse.stream())?.premises();
    let serves = |own: &[domain::text::Zone]| {
        premises.is_some_and(|premises| premises.zones.iter().any(|zone| own.contains(zone)))
    };
    Ok(caller.zones().is_none_or(serves))
}

fn check_supplier(decision: &mut Decision<'_>, supplier: Option<SupplierId>, index: usize) -> Ruling<()> {
    let Some(supplier) = supplier else { return Ok(()) };
    let state = decision.state::<Supplier>(&supplier.stream())?;
    let refusal = match (state.details(), state.is_active()) {
        (Some(_), true) => return Ok(()),
        (Some(_), false) => SupplierError::Retired,
        (None, _) => SupplierError::NotFound,
    };
    let faults = vec![Fault::at(format!("/rules/{index}/supplier_id"), &refusal)];
    refuse(Refused { faults, ..Refused::of(&refusal) })
}

#[derive(Serialize, Deserialize)]
struct Payload {
    product: ProductId,
    warehouse: WarehouseId,
    /// The version of the stock.
    crossing: i64,
}

/// Makes a job of each reorder point that is reached.
pub struct Reorders;

#[async_trait]
impl Subscriber for Reorders {
    fn key(&self) -> String {
        REORDERS.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["ReorderPointReached"]
    }

    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let jobs: Result<Vec<NewJob>, SubscriberError> = batch.iter().map(|event| job(event)).collect();
        Ok(jobs::enqueue(connection, &jobs?).await?)
    }
}

fn job(event: &RecordedEvent) -> Result<NewJob, SubscriberError> {
    let failed = |error: &str| SubscriberError::Failed(error.to_owned());
    let product = crate::catalog::product_of(&event.aggregate_id).ok_or_else(|| failed("no product's id"))?;
    let stock: &StockEvent = event.typed().map_err(|error| failed(&error.to_string()))?;
    let StockEvent::ReorderPointReached { warehouse, .. } = stock else {
        return Err(failed("no reorder point"));
    };
    let payload = serde_json::to_value(Payload { product, warehouse: *warehouse, crossing: event.sequence });
    Ok(NewJob::of(KIND, event, payload.map_err(|error| failed(&error.to_string()))?))
}

/// Opens replenishment orders.
pub struct ReorderJob {
    /// Where.
    pub inventory: Inventory,
}

#[async_trait]
impl JobHandler for ReorderJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Payload { product, warehouse, crossing } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        // The job's id makes a repeat the same order.
        let reorder = ReorderId::from_uuid(job.id);
        let opened = self.inventory.open_reorder(reorder, product, warehouse, crossing).await;
        match opened {
            Ok(_) => Ok(()),
            Err(CommandError::Refused(refused)) => Err(JobError::Never(refused.code.to_owned())),
            Err(error) => Err(JobError::Retry(error.to_string())),
        }
    }
}
