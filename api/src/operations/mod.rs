//! Operations: health, figures for Prometheus, the log of requests, projections and their rebuilds, the auditors' view
//! of the log.

mod access_log;
pub(crate) mod audit;
pub(crate) mod audit_log;
mod audit_log_request;
pub(crate) mod evidence;
mod evidence_response;
mod figures;
mod health;
mod health_response;
mod process;
pub(crate) mod projections;
mod queue_response;
pub(crate) mod queues;
mod rebuilds;
mod request;
mod response;
pub mod routes;
mod telemetry;

use std::{io, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{runtime::Handle, task::AbortHandle};

pub use access_log::{AccessLog, RequestLine};
pub use evidence_response::{
    CheckpointBody, ConsistencyBody, ConsistencyParams, InclusionBody, InclusionParams, ListCheckpointsParams,
};
pub use figures::{FiguresError, recorder};
pub use health::{Checkup, Health, LogHealth};
pub use health_response::HealthBody;
pub use queue_response::{DeadLetterBody, ListDeadLettersParams, QueuesBody, RetriedBody};
pub use rebuilds::{AlreadyRebuilding, LastRebuild, Rebuilds};
pub use request::ListEventsParams;
pub use response::{AuditEventBody, LivenessBody, ProjectionBody, ProjectionsBody, RebuildAcceptedBody};
pub use telemetry::Telemetry;
pub(crate) use telemetry::{end_request_span, request_span};

/// How often the samples of the histograms are put into their buckets: until then each one takes memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(2);

/// What a node keeps for its operators.
pub struct Operations {
    /// What the last check of this node's health has found.
    pub health: Health,
    /// Rebuilds that this node was told to do.
    pub rebuilds: Rebuilds,
    upkeep: AbortHandle,
}

impl Operations {
    /// Begins. Background work runs on the runtime that this is called in, which must outlive the workers: the
    /// server's own, not a worker's.
    #[must_use]
    pub fn start(figures: PrometheusHandle) -> Self {
        let runtime = Handle::current();
        let upkeep = runtime.spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP_EVERY).await;
                figures.run_upkeep();
            }
        });
        Self {
            health: Health::default(),
            rebuilds: Rebuilds::new(runtime),
            upkeep: upkeep.abort_handle(),
        }
    }

    /// Gives up what runs in the background; to be called before the subscriptions are stopped.
    pub fn stop(&self) {
        self.rebuilds.stop();
        self.upkeep.abort();
    }
}

impl Drop for Operations {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The log of requests on standard error.
///
/// # Errors
/// When its thread cannot be started.
pub fn access_log() -> io::Result<AccessLog> {
    AccessLog::to(io::stderr())
}
