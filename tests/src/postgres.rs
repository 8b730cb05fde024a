//! Databases for tests.
//!
//! All tests share one PostgreSQL that forces nothing to the disk. `script/test` starts it and names it in
//! `SOUK_TEST_POSTGRES_URL`; without that variable the first test starts it (`script/test-postgres`), the others find
//! it, and it ends by itself when no test process has been alive for a while. Migrations run once, into a template
//! that [`TestDatabase`] clones. A test of crashes needs a server of its own that is durable: [`PrivatePostgres`].

use std::{
    env,
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use event_store::{
    Log, LogOptions, MIGRATOR,
    embedded::{EmbeddedOptions, EmbeddedPostgres},
    subscription::{SubscriptionOptions, Subscriptions},
};
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest, Sha256};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A database of one test with all migrations; dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    server: PgConnectOptions,
    url: String,
    pool: PgPool,
}

impl TestDatabase {
    /// Clones the template.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or a migration fails.
    #[expect(clippy::panic, reason = "a test without its database cannot go on")]
    pub async fn create() -> Self {
        match Self::clone_of(Template::Migrated).await {
            Ok(database) => database,
            Err(error) => panic!("no database for this test: {error:#}"),
        }
    }

    /// Clones the template that has the empty tables of every projection, too, so that a node finds them and need not
    /// make them.
    ///
    /// # Panics
    /// As [`Self::create`].
    #[expect(clippy::panic, reason = "a test without its database cannot go on")]
    pub async fn furnished() -> Self {
        match Self::clone_of(Template::Furnished).await {
            Ok(database) => database,
            Err(error) => panic!("no database for this test: {error:#}"),
        }
    }

    async fn clone_of(template: Template) -> Result<Self> {
        let server_url = server_url().await?;
        let server: PgConnectOptions = server_url.parse()?;
        let mut connection = PgConnection::connect_with(&server).await?;
        let template = template.ensure(&mut connection, &server_url).await?;
        let name = format!("test_{}", event_store::ids::uuid().simple());
        sqlx::raw_sql(&format!("create database {name} template {template} strategy file_copy"))
            .execute(&mut connection)
            .await
            .context("cloning the template database")?;
        connection.close().await?;
        let options = server.clone().database(&name);
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(Duration::from_secs(30))
            .connect_lazy_with(options);
        let url = with_database(&server_url, &name)?;
        Ok(Self { name, server, url, pool })
    }

    /// The connection URL, with its password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of at most ten connections, opened when they are needed.
    #[must_use]
    pub fn pool(&self) -> PgPool {
        self.pool.clone()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let server = self.server.clone();
        // The test's own runtime may be the one that is dropping this, and can wait for nothing any more.
        let dropped = std::thread::spawn(move || -> Result<()> {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
                let mut connection = PgConnection::connect_with(&server).await?;
                sqlx::raw_sql(&statement).execute(&mut connection).await?;
                Ok(connection.close().await?)
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            tracing::warn!(database = self.name, "a test database was not dropped");
        }
    }
}

/// A durable PostgreSQL of one test, in a folder of its own, as the server itself would run it.
#[derive(Debug)]
pub struct PrivatePostgres {
    embedded: Option<EmbeddedPostgres>,
    folder: tempfile::TempDir,
}

impl PrivatePostgres {
    /// Starts it on a new folder, without migrations.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let embedded = EmbeddedPostgres::start(EmbeddedOptions::new(folder.path())).await?;
        Ok(Self { embedded: Some(embedded), folder })
    }

    /// The running server; `None` after [`Self::stop`].
    #[must_use]
    pub const fn embedded(&self) -> Option<&EmbeddedPostgres> {
        self.embedded.as_ref()
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Stops it cleanly; the data stay until the value is dropped.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(&mut self) -> Result<()> {
        match self.embedded.take() {
            Some(embedded) => Ok(embedded.stop().await?),
            None => Ok(()),
        }
    }

    /// Starts it again on the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.embedded = Some(EmbeddedPostgres::start(EmbeddedOptions::new(self.folder.path())).await?);
        Ok(())
    }
}

/// The URL of the shared server, as its superuser.
///
/// # Errors
/// When it does not run and cannot be started.
pub async fn server_url() -> Result<String> {
    match env::var("SOUK_TEST_POSTGRES_URL") {
        Ok(url) if !url.is_empty() => Ok(url),
        _ => shared_server().await,
    }
}

/// Finds or starts the server that the test processes of this checkout share.
async fn shared_server() -> Result<String> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = root.join("target/test-postgres");
    fs::create_dir_all(folder.join("users"))?;
    // For as long as this process lives, the server does too.
    File::create(folder.join("users").join(std::process::id().to_string()))?;
    let lock_path = folder.join("lock");
    let lock = tokio::task::spawn_blocking(move || lock_file(&lock_path)).await??;
    let url_path = folder.join("url");
    if let Some(url) = running(&url_path).await {
        return Ok(url);
    }
    // What a killed one left.
    let _ = fs::remove_file(&url_path);
    let log_path = folder.join("log");
    let log = File::create(&log_path)?;
    let mut script = Command::new(root.join("script/test-postgres"));
    // Apart from this test in every way: it must outlive it.
    std::os::unix::process::CommandExt::process_group(&mut script, 0);
    let mut script = script
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("script/test-postgres")?;
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        if let Some(url) = running(&url_path).await {
            drop(lock);
            return Ok(url);
        }
        if script.try_wait()?.is_some() || Instant::now() > deadline {
            bail!("the PostgreSQL of the tests did not start: {}", fs::read_to_string(&log_path)?);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn lock_file(path: &Path) -> Result<Flock<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, errno)| errno)
        .context("locking the tests' server")
}

async fn running(url_path: &Path) -> Option<String> {
    let url = fs::read_to_string(url_path).ok()?.trim().to_owned();
    let connection = PgConnection::connect(&url).await.ok()?;
    connection.close().await.ok()?;
    Some(url)
}

/// What databases of tests are clones of. Each is made by whichever process comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Template {
    /// These very migrations.
    Migrated,
    /// And the tables of every projection.
    Furnished,
}

impl Template {
    async fn ensure(self, connection: &mut PgConnection, server_url: &str) -> Result<String> {
        let name = self.name();
        // Released with the session at the latest.
        sqlx::query("select pg_advisory_lock(hashtextextended($1, 0))")
            .bind(&name)
            .execute(&mut *connection)
            .await?;
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut *connection)
            .await?;
        if !exists {
            self.make(&name, connection, server_url).await?;
        }
        sqlx::query("select pg_advisory_unlock(hashtextextended($1, 0))")
            .bind(&name)
            .execute(connection)
            .await?;
        Ok(name)
    }

    async fn make(self, name: &str, connection: &mut PgConnection, server_url: &str) -> Result<()> {
        let origin = match self {
            Self::Migrated => "template0".to_owned(),
            Self::Furnished => Box::pin(Self::Migrated.ensure(&mut *connection, server_url)).await?,
        };
        // Under another name until it is complete, so that a killed test leaves no half-made template.
        let draft = format!("{name}_draft");
        sqlx::raw_sql(&format!("drop database if exists {draft} with (force)"))
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql(&format!("create database {draft} template {origin}"))
            .execute(&mut *connection)
            .await?;
        let inside: PgConnectOptions = with_database(server_url, &draft)?.parse()?;
        match self {
            Self::Migrated => {
                let mut inside = PgConnection::connect_with(&inside).await?;
                MIGRATOR.run(&mut inside).await.context("migrating the template database")?;
                inside.close().await?;
            }
            Self::Furnished => furnish(inside).await.context("furnishing the template database")?,
        }
        sqlx::raw_sql(&format!("alter database {draft} rename to {name}")).execute(&mut *connection).await?;
        Ok(())
    }

    /// Changes with every migration and every projection, so that a server that outlives a change of the schema is of
    /// no harm.
    fn name(self) -> String {
        static NAMES: OnceLock<[String; 2]> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let mut sum = Sha256::new();
            MIGRATOR.iter().for_each(|migration| sum.update(&migration.checksum));
            let migrated = hex(&sum.clone().finalize());
            for projection in projections::all() {
                sum.update(format!("{}_v{}", projection.name(), projection.version()));
                sum.update(projection.tables());
                sum.update(projection.indexes());
                sum.update(projection.views());
            }
            [
                format!("template_{migrated}"),
                format!("furnished_{}", hex(&sum.finalize())),
            ]
        });
        match self {
            Self::Migrated => names[0].clone(),
            Self::Furnished => names[1].clone(),
        }
    }
}

fn hex(sum: &[u8]) -> String {
    sum.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn furnish(database: PgConnectOptions) -> Result<()> {
    let log = Log::open(LogOptions::new(database)).await?;
    let subscriptions =
        Subscriptions::start(&log, projections::all(), SubscriptionOptions::default()).await?;
    subscriptions.stop().await;
    log.close().await;
    Ok(())
}

fn with_database(server_url: &str, name: &str) -> Result<String> {
    let (before, query) =
        server_url.split_once('?').map_or((server_url, None), |(url, query)| (url, Some(query)));
    let authority_start = before.find("://").map(|at| at + 3).context("not a URL")?;
    let end = before[authority_start..].find('/').map_or(before.len(), |at| authority_start + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{}/{name}{query}", &before[..end]))
}
