//! A database that has gone silent: the machine or the way to it is gone, and nobody said so. The driver would wait
//! for its answer for ever.

use std::time::Duration;

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};

use crate::failure::{Code, failure};

/// How often the database is asked, beside the work, whether it is still there.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// A database that takes longer to say that it is there is taken for gone. Longer than a restart or a failover holds an
/// answer back.
pub(crate) const SILENT_AFTER: Duration = Duration::from_secs(20);

/// Does `work`, for as long as the database answers.
///
/// # Errors
/// Those of the work; [`Code::Database`] when the database was silent for [`SILENT_AFTER`].
pub(crate) async fn guarded<T>(
    connect: &PgConnectOptions,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        outcome = work => outcome,
        () = silence(connect) => {
            Err(failure(Code::Database, format!("the database has not answered for {SILENT_AFTER:?}")))
        }
    }
}

/// Ends when the database is silent. One that refuses or hangs up is not: the work hears of that by itself.
async fn silence(connect: &PgConnectOptions) {
    let mut connection = None;
    loop {
        sleep(ASKED_EVERY).await;
        let Ok(asked) = timeout(SILENT_AFTER, ask(connect, connection)).await else {
            return;
        };
        connection = asked.ok();
    }
}

async fn ask(connect: &PgConnectOptions, open: Option<PgConnection>) -> sqlx::Result<PgConnection> {
    let mut connection = match open {
        Some(connection) => connection,
        None => PgConnection::connect_with(connect).await?,
    };
    connection.ping().await?;
    Ok(connection)
}
