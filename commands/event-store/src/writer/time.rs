//! Waiting for the database: never for ever, and not idly.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use tokio::time::timeout;

/// A connection that does not answer in time counts as dead.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "the database did not answer in time",
        )))
    })
}

/// Starts `work`, does `also` while the database is at it, and waits for the work's end.
pub(super) async fn meanwhile<W: Future, A>(work: W, also: impl FnOnce() -> A) -> (W::Output, A) {
    let mut work = pin!(work);
    let started = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
    let also = also();
    match started {
        Poll::Ready(output) => (output, also),
        Poll::Pending => (work.await, also),
    }
}
