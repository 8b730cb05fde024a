//! One attempt of one job.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use event_store::TRACE_TARGET;
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

use super::{Job, JobError, Runtime, Stage, table::Outcome};

impl Runtime {
    /// Runs a leased job's handler to its end, or until the node gives its jobs back.
    pub(super) async fn attempt(&self, job: &Job) -> Outcome {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else {
            return Outcome::GivenBack;
        };
        let mut stage = self.stage.clone();
        let span = tracing::info_span!(
            target: TRACE_TARGET,
            "job",
            otel.name = job.kind,
            job.id = %job.id,
            job.attempt,
            correlation.id = %job.correlation_id,
        );
        let work =
            timeout(self.options.timeout, AssertUnwindSafe(handler.run(job)).catch_unwind()).instrument(span);
        let result = tokio::select! {
            result = work => result,
            // Nobody is told to give back by a node that just goes: its lease ends, and the attempt counts.
            Ok(_) = stage.wait_for(|stage| *stage == Stage::GivingBack) => {
                return self.note(job, Outcome::GivenBack);
            }
        };
        let result = match result {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(JobError::Retry(format!("it panicked: {}", text(panic.as_ref())))),
            Err(_) => Err(JobError::Retry(format!("it took longer than {:?}", self.options.timeout))),
        };
        let outcome = match result {
            Ok(()) => Outcome::Done,
            Err(JobError::Never(error)) => Outcome::Dead(error),
            Err(JobError::Retry(error)) => match self.delay_after(job.attempt) {
                Some(delay) => Outcome::Retry { delay, error },
                None => Outcome::Dead(error),
            },
        };
        self.note(job, outcome)
    }

    /// How long to wait after an attempt that failed; `None` after the last.
    fn delay_after(&self, attempt: u32) -> Option<Duration> {
        let index = usize::try_from(attempt).unwrap_or(usize::MAX).saturating_sub(1);
        self.options.retry_delays_s.get(index).map(|delay| Duration::from_secs((*delay).into()))
    }

    fn note(&self, job: &Job, outcome: Outcome) -> Outcome {
        let (id, correlation) = (job.id, job.correlation_id);
        let name = match &outcome {
            Outcome::Done => {
                tracing::info!(job.id = %id, job.kind = job.kind, correlation.id = %correlation, job.attempt, "a job is done");
                "done"
            }
            Outcome::Retry { delay, error } => {
                tracing::warn!(job.id = %id, job.kind = job.kind, correlation.id = %correlation, job.attempt, error, retry_in_s = delay.as_secs(), "a job failed and is tried again");
                "retry"
            }
            Outcome::Dead(error) | Outcome::Doomed(error) => {
                tracing::error!(job.id = %id, job.kind = job.kind, correlation.id = %correlation, job.attempt, error, "a job is given up");
                "dead"
            }
            Outcome::GivenBack => "given_back",
        };
        metrics::counter!("souk_job_attempts_total", "kind" => job.kind.clone(), "outcome" => name)
            .increment(1);
        outcome
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
