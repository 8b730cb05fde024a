//! How long to leave a broker alone that could not be reached.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits that double from a tenth of a second to five seconds, shared by everybody who wants to connect.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
}

impl Backoff {
    /// Whether it is too early for another try.
    pub(super) fn is_waiting(&self) -> bool {
        self.not_before.is_some_and(|time| Instant::now() < time)
    }

    pub(super) fn failed(&mut self) {
        let wait = FIRST.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(Instant::now() + wait);
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_five_seconds_and_end_with_success() {
        let mut backoff = Backoff::default();
        assert!(!backoff.is_waiting());
        for wait_ms in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            backoff.failed();
            tokio::time::advance(Duration::from_millis(wait_ms - 1)).await;
            assert!(backoff.is_waiting(), "{wait_ms}");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(!backoff.is_waiting(), "{wait_ms}");
        }
        backoff.failed();
        backoff.succeeded();
        assert!(!backoff.is_waiting());
    }
}
