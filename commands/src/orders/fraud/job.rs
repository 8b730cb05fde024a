//! The job that flags an order: what was found when it was looked at goes into its stream.

use async_trait::async_trait;
use domain::{
    ids::{EventId, OrderId},
    orders::{FraudReason, Order, OrderCommand},
};
use event_store::StreamRef;
use serde::{Deserialize, Serialize};

use crate::{
    Call, CommandError,
    execute::{execute, judge},
    jobs::{Job, JobError, JobHandler},
    orders::Orders,
};

pub(super) const KIND: &str = "flag_order";

/// What was found when an order was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudFinding {
    /// The order.
    pub order: OrderId,
    /// The placement or edit that was looked at.
    pub agreement: EventId,
    /// The points of all reasons.
    pub score: u16,
    /// Why.
    pub reasons: Vec<FraudReason>,
    /// From how many orders the model had learned.
    pub model_version: u64,
}

impl Orders {
    /// Holds an order for a review. What has left or is cancelled stays as it is; the same finding again changes nothing.
    ///
    /// # Errors
    /// `orders.order_not_found`, or the log cannot be written.
    pub async fn flag(&self, call: &Call, found: FraudFinding) -> Result<(), CommandError> {
        let id = found.order.stream();
        let unit = call.unit().reads(StreamRef::of::<Order>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            let FraudFinding { order: _, agreement, score, reasons, model_version } = found.clone();
            judge::<Order>(decision, &id, OrderCommand::Flag { agreement, score, reasons, model_version })?;
            Ok(())
        })
        .await
        .map(drop)
    }
}

/// Flags orders.
pub struct FlagOrderJob {
    /// Where.
    pub orders: Orders,
}

#[async_trait]
impl JobHandler for FlagOrderJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let found: FraudFinding = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        match self.orders.flag(&Call::system().caused_by(job.event_id), found).await {
            Ok(()) => Ok(()),
            Err(CommandError::Refused(refused)) => Err(JobError::Never(refused.code.to_owned())),
            Err(error) => Err(JobError::Retry(error.to_string())),
        }
    }
}
