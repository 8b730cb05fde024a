//! How long each step of a start takes, in the program's log: a start that has become slow says where.

use std::time::{Duration, Instant};

/// Does the work, and notes how long it took.
pub(crate) async fn timed<T>(step: &'static str, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    tracing::info!(step, took_ms = milliseconds(began.elapsed()), "done");
    done
}

/// Whole milliseconds, as the program's log takes them.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
