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

/// What was found.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) order: OrderId,
    pub(super) agreement: EventId,
    pub(super) score: u16,
    pub(super) reasons: Vec<FraudReason>,
    pub(super) model_version: u64,
}

/// Flags orders.
pub struct FlagOrderJob {
    /// Where.
    pub orders: Orders,
}

impl FlagOrderJob {
    async fn flag(&self, found: Payload, cause: uuid::Uuid) -> Result<(), CommandError> {
        let call = Call::system().caused_by(cause);
        let id = found.order.stream();
        let unit = call.unit().reads(StreamRef::of::<Order>(id.as_str()));
        execute(&self.orders.log, &call, unit, move |decision| {
            let Payload { agreement, score, reasons, model_version, .. } = found.clone();
            judge::<Order>(decision, &id, OrderCommand::Flag { agreement, score, reasons, model_version })?;
            Ok(())
        })
        .await
        .map(drop)
    }
}

#[async_trait]
impl JobHandler for FlagOrderJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let found: Payload = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        match self.flag(found, job.event_id).await {
            Ok(()) => Ok(()),
            Err(CommandError::Refused(refused)) => Err(JobError::Never(refused.code.to_owned())),
            Err(error) => Err(JobError::Retry(error.to_string())),
        }
    }
}
