//! Waiting for products that are out of stock. Who waits stands in the product's stream, so that nobody is told twice;
//! whoever asks is decided beside the stock, so that nobody waits for what is there.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    catalog::{Product, ProductError, ProductKind, ProductState},
    customers::{ALERT_REGISTER, AlertRegister, ClearServedAlerts, StockAlerts, StockAlertsCommand},
    decider::Decider,
    identity::Account,
    ids::{AccountId, ProductId},
    inventory::Stock,
};
use event_store::{
    AsOf, Decision, Executed, RecordedEvent, StreamRef, Unit,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{Customers, address::must_be_alive};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, Ruling, execute, judge, refuse},
    jobs::{self, Job, JobError, JobHandler, NewJob},
};

/// The reactor's checkpoint.
pub const STOCK_ALERTS: &str = "stock_alerts";

const KIND: &str = "serve_stock_alerts";

/// How many are told in one unit: events that nobody else must wait for long.
const SERVED_AT_ONCE: usize = 200;

/// Whether a customer waits for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertStanding {
    /// For which.
    pub product: ProductId,
    /// It does.
    pub waiting: bool,
}

/// How many were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsServed {
    /// Of which product.
    pub product: ProductId,
    /// How many.
    pub served: usize,
}

impl Customers {
    /// Waits for a product that is out of stock. Whoever waits already waits on.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.product_not_found`, `catalog.product_discontinued`, `customers.product_in_stock`,
    /// `customers.too_many_waiting`, `identity.account_erased`.
    pub async fn request_alert(
        &self,
        call: &Call,
        product: ProductId,
    ) -> Result<Executed<AlertStanding>, CommandError> {
        let customer = own(call, UseCase::ChangeStockAlerts)?;
        let (id, stream) = (customer.stream(), product.stream());
        let unit = reads_alerts(call.unit(), product).reads(StreamRef::of::<Account>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &id)?;
            let available = available(decision, product)?;
            judge::<StockAlerts>(decision, &stream, StockAlertsCommand::Request { customer, available })?;
            Ok(AlertStanding { product, waiting: true })
        })
        .await
    }

    /// Waits no longer.
    ///
    /// # Errors
    /// `permission_denied`, or when the log cannot be written.
    pub async fn withdraw_alert(
        &self,
        call: &Call,
        product: ProductId,
    ) -> Result<Executed<AlertStanding>, CommandError> {
        let customer = own(call, UseCase::ChangeStockAlerts)?;
        let stream = product.stream();
        let unit = call.unit().reads(StreamRef::of::<StockAlerts>(stream.as_str()));
        execute(&self.log, call, unit, move |decision| {
            judge::<StockAlerts>(decision, &stream, StockAlertsCommand::Withdraw { customer })?;
            Ok(AlertStanding { product, waiting: false })
        })
        .await
    }

    /// Whether one waits for a product, as the log has it now.
    ///
    /// # Errors
    /// `permission_denied`, or when the database fails.
    pub async fn alert_standing(
        &self,
        call: &Call,
        product: ProductId,
    ) -> Result<AlertStanding, CommandError> {
        let customer = own(call, UseCase::ListStockAlerts)?;
        let known = self.log.reader().load::<StockAlerts>(&product.stream(), AsOf::Now).await?;
        Ok(AlertStanding { product, waiting: known.state.waiting().contains(&customer) })
    }

    /// Tells all who wait for a product that is in stock.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.product_not_found`, `catalog.product_discontinued`,
    /// `customers.product_out_of_stock`.
    pub async fn serve_alerts_now(
        &self,
        call: &Call,
        product: ProductId,
    ) -> Result<Executed<AlertsServed>, CommandError> {
        call.require(UseCase::ServeStockAlerts)?;
        self.serve(call, product, usize::MAX).await
    }

    /// Lists no longer who was told.
    ///
    /// # Errors
    /// `permission_denied`, or when the log cannot be written.
    pub async fn clear_served_alerts(&self, call: &Call) -> Result<Executed<()>, CommandError> {
        call.require(UseCase::ClearServedAlerts)?;
        let unit = call.unit().reads(StreamRef::of::<AlertRegister>(ALERT_REGISTER));
        execute(&self.log, call, unit, move |decision| {
            judge::<AlertRegister>(decision, ALERT_REGISTER, ClearServedAlerts)?;
            Ok(())
        })
        .await
    }

    async fn serve(
        &self,
        call: &Call,
        product: ProductId,
        at_most: usize,
    ) -> Result<Executed<AlertsServed>, CommandError> {
        let stream = product.stream();
        execute(&self.log, call, reads_alerts(call.unit(), product), move |decision| {
            let available = available(decision, product)?;
            let serve = StockAlertsCommand::Serve { available, at_most };
            let served = judge::<StockAlerts>(decision, &stream, serve)?.len();
            Ok(AlertsServed { product, served })
        })
        .await
    }
}

fn own(call: &Call, use_case: UseCase) -> Result<AccountId, CommandError> {
    call.require(use_case)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}

fn reads_alerts(unit: Unit, product: ProductId) -> Unit {
    let id = product.stream();
    unit.reads(StreamRef::of::<Product>(id.as_str()))
        .reads(StreamRef::of::<Stock>(id.as_str()))
        .reads(StreamRef::of::<StockAlerts>(id))
}

/// How much there is of a product that is on sale, wherever; a service is always there.
fn available(decision: &mut Decision<'_>, product: ProductId) -> Ruling<u64> {
    let id = product.stream();
    match decision.state::<Product>(&id)? {
        ProductState::Absent => return refuse(Refused::of(&ProductError::NotFound)),
        ProductState::Discontinued(_) => return refuse(Refused::of(&ProductError::Discontinued)),
        ProductState::Active(listing) if listing.kind != ProductKind::Goods => return Ok(u64::MAX),
        ProductState::Active(_) => {}
    }
    Ok(decision.state::<Stock>(&id)?.available())
}

#[derive(Serialize, Deserialize)]
struct Payload {
    product: ProductId,
}

/// Makes a job of whatever may bring stock back, of products that anybody ever waited for.
pub struct StockReturns;

#[async_trait]
impl Subscriber for StockReturns {
    fn key(&self) -> String {
        STOCK_ALERTS.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "StockReceived",
            "StockAdjusted",
            "StockReleased",
            "StockReturned",
            "HoldReleased",
        ]
    }

    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let touched: Vec<&str> = batch.iter().map(|event| event.aggregate_id.as_str()).collect();
        // Whoever began to wait before an event stands in the log before it.
        let wanted: Vec<String> = sqlx::query_scalar(
            "select distinct aggregate_id from events where aggregate_type = $1 and aggregate_id = any ($2)",
        )
        .bind(StockAlerts::KIND)
        .bind(touched)
        .fetch_all(&mut *connection)
        .await?;
        let mut made = Vec::new();
        for event in batch.iter().filter(|event| wanted.contains(&event.aggregate_id)) {
            made.push(job(event)?);
        }
        Ok(jobs::enqueue(connection, &made).await?)
    }
}

fn job(event: &RecordedEvent) -> Result<NewJob, SubscriberError> {
    let failed = |error: &str| SubscriberError::Failed(error.to_owned());
    let product = crate::catalog::product_of(&event.aggregate_id).ok_or_else(|| failed("no product's id"))?;
    let payload = serde_json::to_value(Payload { product }).map_err(|error| failed(&error.to_string()))?;
    Ok(NewJob::of(KIND, event, payload))
}

/// Serves those who wait, where there is stock when it runs. Whoever was served waits no longer, so a repeat tells
/// nobody twice.
pub struct StockAlertJob {
    /// Where.
    pub customers: Customers,
}

#[async_trait]
impl JobHandler for StockAlertJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Payload { product } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        loop {
            let served = self.customers.serve(&Call::system(), product, SERVED_AT_ONCE).await;
            match served {
                Ok(executed) if executed.result.served == SERVED_AT_ONCE => {}
                Ok(_) => return Ok(()),
                // It is gone again, or sold no longer: they wait on.
                Err(CommandError::Refused(_)) => return Ok(()),
                Err(error) => return Err(JobError::Retry(error.to_string())),
            }
        }
    }
}
