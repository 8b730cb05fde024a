//! Figures for Prometheus: where they are gathered, what they mean, and what is looked up when they are asked for.

use std::{
    fmt::{self, Write},
    sync::{Mutex, PoisonError},
};

use integrations::broker::BrokerState;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::process::{Process, family};
use crate::{
    http::metrics::{DURATION_BUCKETS_S, DURATION_NAME},
    souk::Souk,
};

/// Why no figures can be gathered.
pub type FiguresError = BuildError;

const BATCH_NAME: &str = "souk_append_batch_commands";
/// Upper bounds of the buckets of the batch sizes.
const BATCH_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];

/// The figures of this process. The first call makes what gathers them, and must come before the log is opened and
/// the routes are made: handles that were made before gather nothing.
///
/// # Errors
/// When something else of this process gathers figures already.
pub fn recorder() -> Result<PrometheusHandle, FiguresError> {
    static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = installed.as_ref() {
        return Ok(handle.clone());
    }
    let handle = builder()?.install_recorder()?;
    describe();
    *installed = Some(handle.clone());
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION_NAME.to_owned()), DURATION_BUCKETS_S)?
        .set_buckets_for_metric(Matcher::Full(BATCH_NAME.to_owned()), BATCH_BUCKETS)
}

fn describe() {
    metrics::describe_counter!("souk_http_requests_total", "Answers by method, route and class of status.");
    metrics::describe_histogram!(DURATION_NAME, "Seconds until an answer was ready, by method and route.");
    metrics::describe_histogram!(BATCH_NAME, "Commands that were decided and appended together.");
    metrics::describe_counter!(
        "souk_append_ambiguous_commits_total",
        "Commits whose outcome had to be looked up because the connection died."
    );
    metrics::describe_gauge!("souk_projection_position", "Last position that has taken effect.");
    metrics::describe_gauge!("souk_projection_lag_events", "Positions between it and the end of the log.");
    metrics::describe_gauge!("souk_projection_lag_seconds", "Age of the oldest event without effect.");
    metrics::describe_gauge!("souk_projection_stopped", "1 where an event cannot be handled.");
    metrics::describe_counter!(
        "souk_http_rate_limited_total",
        "Requests refused because there were too many, by policy."
    );
    metrics::describe_counter!(
        "souk_http_stalled_connections_total",
        "Connections cut because their client stood still."
    );
    metrics::describe_counter!("souk_projection_events_total", "Events that this node has handled.");
    metrics::describe_counter!("souk_projection_stops_total", "Stops at events that cannot be handled.");
    metrics::describe_counter!("souk_broker_events_published_total", "Events that the broker has confirmed.");
    metrics::describe_counter!("souk_job_attempts_total", "Attempts of jobs, by kind and outcome.");
    metrics::describe_gauge!("souk_jobs", "Jobs that are not done, over all nodes, by kind and state.");
    metrics::describe_gauge!(
        "souk_evidence_position",
        "Last position under a tree head, where this node seals."
    );
    metrics::describe_gauge!("souk_streams_open", "Streams of server-sent events that are open.");
    metrics::describe_counter!(
        "souk_http_overdue_total",
        "Answers that were given up because they took too long."
    );
    metrics::describe_counter!(
        "souk_audit_entries_lost_total",
        "Entries of the audit log that could not be written."
    );
    metrics::describe_counter!(
        "souk_request_lines_dropped_total",
        "Lines of the request log that nobody took away in time."
    );
}

/// Everything, as Prometheus reads it (text format 0.0.4).
pub(super) fn render(souk: &Souk) -> Result<String, fmt::Error> {
    let mut text = souk.figures.render();
    let count = |count: usize| count.to_string();
    let head = souk.log.reader().head();
    let pool = souk.log.pool();
    let idle = pool.num_idle();
    let busy = usize::try_from(pool.size()).unwrap_or(0).saturating_sub(idle);
    for (name, help, value) in [
        ("souk_append_queue_commands", "Commands that wait for the writer.", count(souk.log.queued())),
        ("souk_log_position", "Last position of the log that this node knows of.", head.position.to_string()),
        ("souk_log_epoch", "Epoch of the log.", head.epoch.to_string()),
        (
            "souk_http_requests_in_flight",
            "Requests that are being answered.",
            count(souk.traffic.in_flight()),
        ),
        ("souk_database_connections_idle", "Connections for reads that nobody uses.", count(idle)),
        ("souk_database_connections_busy", "Connections for reads that are in use.", count(busy)),
        ("souk_cache_products", "Product answers in memory.", souk.products.len().to_string()),
        (
            "souk_rebuilds_running",
            "Rebuilds that this node is doing.",
            count(souk.operations.rebuilds.running()),
        ),
    ] {
        family(&mut text, name, "gauge", help, &value)?;
    }
    if let Some(broker) = &souk.outside.broker {
        let is_connected = broker.state() == BrokerState::Connected;
        let help = "1 where this node can reach the broker.";
        family(&mut text, "souk_broker_connected", "gauge", help, &count(usize::from(is_connected)))?;
    }
    writeln!(
        text,
        "# HELP souk_build_info The version of this program.\n# TYPE souk_build_info gauge\n\
         souk_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    )?;
    Process::read().write(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use metrics::with_local_recorder;

    use super::*;

    #[test]
    fn durations_and_batches_have_buckets_of_their_own() {
        let recorder = builder().unwrap().build_recorder();
        with_local_recorder(&recorder, || {
            metrics::histogram!(DURATION_NAME, "route" => "/x").record(0.003);
            metrics::histogram!(BATCH_NAME).record(3_u32);
        });
        let text = recorder.handle().render();
        assert!(
            text.contains("souk_http_request_duration_seconds_bucket{route=\"/x\",le=\"0.005\"} 1"),
            "{text}"
        );
        assert!(text.contains("souk_append_batch_commands_bucket{le=\"2\"} 0"), "{text}");
        assert!(text.contains("souk_append_batch_commands_bucket{le=\"4\"} 1"), "{text}");
    }
}
