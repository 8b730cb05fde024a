//! The connection settings that every program of the house takes: a data folder with a private PostgreSQL, running or
//! not, or the URL of a server of the operator's own.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;

use crate::embedded::{EmbeddedError, EmbeddedOptions, EmbeddedPostgres};

/// The data folder when none is given, below the folder that the program was started in.
pub const DEFAULT_DATA_DIR: &str = "data";

/// How long a tool waits for a server that is just starting or stopping on the same folder.
const JOIN_WITHIN: Duration = Duration::from_secs(15);

/// `postgres://user:password@host:port/database?…`. Shown without its password, always.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole URL, **with its password**: for the driver and for tools that are told where to connect.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The driver's form of it. Its `Debug` shows the password: do not log it.
    ///
    /// # Errors
    /// [`ConnectionError::Url`] when it is malformed; one that came from `parse` is not.
    pub fn connect_options(&self) -> Result<PgConnectOptions, ConnectionError> {
        // The driver's error may repeat parts of the URL, and with them the password.
        PgConnectOptions::from_str(&self.0).map_err(|_| ConnectionError::Url)
    }
}

impl FromStr for DatabaseUrl {
    type Err = ConnectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(ConnectionError::Url);
        }
        let url = Self(text.to_owned());
        url.connect_options()?;
        Ok(url)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = self.connect_options() else {
            return f.write_str("postgres://…");
        };
        let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
        write!(f, "postgres://{user}@{host}:{port}/{}", options.get_database().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Why there is no database to work on.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Not a URL of PostgreSQL. The text is not repeated: it may hold a password.
    #[error(
        "the database URL must look like postgres://user:password@host:5432/database (--database-url, DATABASE_URL)"
    )]
    Url,
    /// The private PostgreSQL failed.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
}

/// What a program intends with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// To own the data folder for as long as it runs: a second server on it is refused.
    Serve,
    /// To work beside a running server, or alone: joins the private PostgreSQL where it runs, starts it where not.
    Tool,
}

/// The two settings. The URL wins where both are given; with neither, the private PostgreSQL in
/// [`DEFAULT_DATA_DIR`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionArgs {
    /// `--data-dir`, `SOUK_DATA_DIR`.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`, `DATABASE_URL`.
    pub database_url: Option<DatabaseUrl>,
}

impl ConnectionArgs {
    /// The data folder: the one that was given, else the default.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data_dir.as_deref().unwrap_or(Path::new(DEFAULT_DATA_DIR))
    }

    /// Makes the database available. A server of the operator's own is not contacted yet.
    ///
    /// # Errors
    /// When the private PostgreSQL cannot be started or joined.
    pub async fn open(&self, mode: OpenMode) -> Result<Database, ConnectionError> {
        if let Some(url) = &self.database_url {
            return Ok(Database { url: url.clone(), embedded: None });
        }
        let embedded = match mode {
            OpenMode::Serve => EmbeddedPostgres::start(EmbeddedOptions::new(self.data_dir())).await?,
            OpenMode::Tool => join_or_start(self.data_dir()).await?,
        };
        Ok(Database { url: embedded.url().parse()?, embedded: Some(embedded) })
    }
}

async fn join_or_start(data_dir: &Path) -> Result<EmbeddedPostgres, EmbeddedError> {
    let deadline = Instant::now() + JOIN_WITHIN;
    loop {
        // A folder that does not exist yet has nothing to join, which `start` says or mends.
        if let Ok(joined) = EmbeddedPostgres::attach(data_dir) {
            return Ok(joined);
        }
        match EmbeddedPostgres::start(EmbeddedOptions::new(data_dir)).await {
            // The owner is between taking the folder and being ready, or on its way out.
            Err(EmbeddedError::InUse { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done,
        }
    }
}

/// An available database, with the private PostgreSQL behind it where there is one.
#[derive(Debug)]
pub struct Database {
    url: DatabaseUrl,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The private PostgreSQL; `None` on a server of the operator's own.
    #[must_use]
    pub const fn embedded(&self) -> Option<&EmbeddedPostgres> {
        self.embedded.as_ref()
    }

    /// The driver's settings.
    ///
    /// # Errors
    /// Never for a URL that was parsed.
    pub fn connect_options(&self) -> Result<PgConnectOptions, ConnectionError> {
        self.url.connect_options()
    }

    /// Stops the private PostgreSQL if this process owns it. Close the pools first: open sessions are ended.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub async fn stop(self) -> Result<(), ConnectionError> {
        match self.embedded {
            Some(embedded) => Ok(embedded.stop().await?),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_never_shown_with_its_password() {
        for text in [
            "postgres://shop:s3cret@db.example:5433/souk?sslmode=require",
            "postgresql://shop@db.example:5433/souk?password=s3cret",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            let args = ConnectionArgs { database_url: Some(url.clone()), ..ConnectionArgs::default() };
            assert_eq!(url.to_string(), "postgres://shop@db.example:5433/souk");
            assert!(!format!("{args:?}").contains("s3cret"));
            assert_eq!(url.expose(), text);
        }
    }

    #[test]
    fn a_malformed_url_is_refused_without_repeating_it() {
        for text in [
            "",
            "s3cret",
            "mysql://shop:s3cret@db/souk",
            "postgres://shop:s3cret@db:port/souk",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_url_wins_over_a_data_folder() {
        let args = ConnectionArgs {
            data_dir: Some(PathBuf::from("never-created")),
            database_url: Some("postgres://shop@db.example/souk".parse().unwrap()),
        };
        let database = args.open(OpenMode::Serve).await.unwrap();
        assert!(database.embedded().is_none());
        assert!(!Path::new("never-created").exists());
    }
}
