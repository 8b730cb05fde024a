//! Reaching the log.

use std::time::Duration;

use anyhow::Context;
use event_store::{
    LogError, LogReader,
    connection::{ConnectionArgs, Database, OpenMode},
};
use tokio::time::timeout;

use crate::{
    archive::Archive,
    cli::Connection,
    failure::{Code, failure},
    silence,
    source::Source,
};

const CLOSED_WITHIN: Duration = Duration::from_secs(3);

/// `relation does not exist` (SQLSTATE).
const UNDEFINED_TABLE: &str = "42P01";

/// An open log, with the private PostgreSQL behind it where this process had to start it.
pub(crate) struct Opened {
    pub(crate) source: Source,
    database: Option<Database>,
}

pub(crate) async fn open(connection: Connection) -> anyhow::Result<Opened> {
    if let Some(file) = &connection.log_file {
        let source = Source::File(Box::new(Archive::open(file)?));
        return Ok(Opened { source, database: None });
    }
    let args = arguments(connection)?;
    if args.database_url.is_none() {
        let folder = args.data_dir();
        if !folder.is_dir() {
            let message = format!("there is no data folder {}; check --data-dir", folder.display());
            return Err(failure(Code::NoLog, message));
        }
    }
    let database = args.open(OpenMode::Tool).await?;
    let connect = database.connect_options()?.application_name("souk-replay");
    // `LogReader::open` tells by itself why there is no log.
    let opening = silence::guarded(&connect, async { Ok(LogReader::open(&connect, 2).await) });
    match opening.await? {
        Ok(reader) => Ok(Opened { source: Source::Database(reader), database: Some(database) }),
        Err(error) => {
            let url = database.url().clone();
            database.stop().await?;
            let has_no_log = matches!(&error, LogError::Database(error)
                if error.as_database_error().and_then(|error| error.code()).as_deref() == Some(UNDEFINED_TABLE));
            if has_no_log {
                return Err(failure(
                    Code::NoLog,
                    format!("there is no log in {url} (`souk migrate` makes one)"),
                ));
            }
            Err(error).with_context(|| format!("the log in {url} cannot be opened"))
        }
    }
}

/// Opens a database that may not have a log yet; the private one is made where it is missing.
pub(crate) async fn database(connection: Connection) -> anyhow::Result<Database> {
    if connection.log_file.is_some() {
        return Err(failure(Code::Usage, "this command needs a database: an exported log is never changed"));
    }
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
    /// Does `work` on this log; where it is in a database, for as long as that answers.
    pub(crate) async fn guarded<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        match &self.database {
            Some(database) => silence::guarded(&database.connect_options()?, work).await,
            None => work.await,
        }
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Source::Database(reader) = &self.source {
            // A session that is waited for in vain does not close either.
            drop(timeout(CLOSED_WITHIN, reader.pool().close()).await);
        }
        match self.database {
            Some(database) => Ok(database.stop().await?),
            None => Ok(()),
        }
    }
}
