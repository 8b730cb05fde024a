//! Reaching the log.

use anyhow::Context;
use event_store::{
    LogError, LogReader,
    connection::{ConnectionArgs, Database, OpenMode},
};

use crate::cli::Connection;

/// `relation does not exist` (SQLSTATE).
const UNDEFINED_TABLE: &str = "42P01";

/// An open log, with the private PostgreSQL behind it where this process had to start it.
pub(crate) struct Opened {
    pub(crate) reader: LogReader,
    database: Database,
}

pub(crate) async fn open(connection: Connection) -> anyhow::Result<Opened> {
    let database_url =
        connection.database_url.filter(|url| !url.is_empty()).map(|url| url.parse()).transpose()?;
    let args = ConnectionArgs { data_dir: connection.data_dir, database_url };
    if args.database_url.is_none() {
        let folder = args.data_dir();
        anyhow::ensure!(folder.is_dir(), "there is no data folder {}; check --data-dir", folder.display());
    }
    let database = args.open(OpenMode::Tool).await?;
    let connect = database.connect_options()?.application_name("souk-replay");
    match LogReader::open(&connect, 2).await {
        Ok(reader) => Ok(Opened { reader, database }),
        Err(error) => {
            let url = database.url().clone();
            database.stop().await?;
            let has_no_log = matches!(&error, LogError::Database(error)
                if error.as_database_error().and_then(|error| error.code()).as_deref() == Some(UNDEFINED_TABLE));
            Err(error).with_context(|| match has_no_log {
                true => format!("there is no log in {url} (`souk migrate` makes one)"),
                false => format!("the log in {url} cannot be opened"),
            })
        }
    }
}

impl Opened {
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.reader.pool().close().await;
        Ok(self.database.stop().await?)
    }
}
