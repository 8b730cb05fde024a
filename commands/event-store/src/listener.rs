//! Hears of appends by other nodes: `LISTEN souk_log`, with a slow poll as a net.

use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener},
};
use tokio::sync::watch;

use crate::LogReader;

/// The channel that every append notifies, once per batch.
pub(crate) const CHANNEL: &str = "souk_log";

const POLL: Duration = Duration::from_secs(1);

pub(crate) async fn run(reader: LogReader, connect: PgConnectOptions, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            outcome = listen(&reader, &connect) => {
                if let Err(error) = outcome {
                    tracing::warn!(error = %error, "listening for appends failed; polling goes on");
                }
            }
        }
        drop(reader.refresh_head().await);
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn listen(reader: &LogReader, connect: &PgConnectOptions) -> Result<(), crate::LogError> {
    let pool = PgPool::connect_lazy_with(connect.clone().application_name("souk-listener"));
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    reader.refresh_head().await?;
    loop {
        match tokio::time::timeout(POLL, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                if let Ok(position) = notification.payload().parse() {
                    reader.tail.advance(position);
                }
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                reader.refresh_head().await?;
            }
        }
    }
}
