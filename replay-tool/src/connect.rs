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
    let args = arguments(connection)?;
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

/// Opens a database that may not have a log yet; the private one is made where it is missing.
pub(crate) async fn database(connection: Connection) -> anyhow::Result<Database> {
    Ok(arguments(connection)?.open(OpenMode::Tool).await?)
}

/// Flags go before the environment: who names a folder means the PostgreSQL in it.
fn arguments(flags: Connection) -> anyhow::Result<ConnectionArgs> {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let from_env = || flags.data_dir.is_none().then(|| given("DATABASE_URL")).flatten();
    let url = flags.database_url.filter(|url| !url.is_empty()).or_else(from_env);
    Ok(ConnectionArgs {
        database_url: url.map(|url| url.parse()).transpose()?,
        data_dir: flags.data_dir.or_else(|| given("SOUK_DATA_DIR").map(Into::into)),
    })
}

impl Opened {
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.reader.pool().close().await;
        Ok(self.database.stop().await?)
    }
}
