//! The suite's own PostgreSQL, durable as in production, and the ways to hurt it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use event_store::{
    embedded::{EmbeddedOptions, EmbeddedPostgres},
    ids,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

const DROPPED_WITHIN: Duration = Duration::from_secs(30);

/// The session that holds the append lock.
const HOLDER: &str = "
    select l.pid, a.client_port
      from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and a.application_name = 'souk-writer'
       and l.database = (select oid from pg_database where datname = current_database())";

const WRITERS: &str = "
    select pid from pg_stat_activity
     where application_name = 'souk-writer' and datname = current_database() order by random() limit 1";

/// A private server that starts itself again when it is killed. Stopped when dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// Until it is dropped.
    server: Option<EmbeddedPostgres>,
    url: String,
    _folder: TempDir,
}

impl Postgres {
    /// Starts it in a folder of its own.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("souk-faults-").tempdir()?;
        let options = EmbeddedOptions::new(folder.path().join("data")).setting("shared_buffers", "64MB");
        let server = EmbeddedPostgres::start(options).await.context("starting PostgreSQL")?;
        let postgres = Self {
            url: server.url().to_owned(),
            server: Some(server),
            _folder: folder,
        };
        let mut connection = PgConnection::connect(&postgres.url).await?;
        let fsync: String = sqlx::query_scalar("show fsync").fetch_one(&mut connection).await?;
        if fsync != "on" {
            bail!("the suite means nothing without fsync");
        }
        Ok(postgres)
    }

    /// An empty database.
    pub(crate) async fn database(&self) -> Result<Database> {
        let name = format!("faults_{}", ids::uuid().simple());
        let mut connection = PgConnection::connect(&self.url).await?;
        sqlx::query(&format!("create database {name}")).execute(&mut connection).await?;
        let server: PgConnectOptions = self.url.parse()?;
        let address = SocketAddr::new([127, 0, 0, 1].into(), server.get_port());
        Ok(Database { name, url: self.url.clone(), address })
    }

    /// Drops a database that nobody uses any more.
    pub(crate) async fn drop(&self, database: &Database) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let sql = format!("drop database {} with (force)", database.name);
        let deadline = Instant::now() + DROPPED_WITHIN;
        loop {
            match sqlx::query(&sql).execute(&mut connection).await {
                // An autovacuum worker belongs to the superuser, whom this account may not send away. It ends soon.
                Err(_) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(200)).await,
                outcome => return Ok(outcome.map(drop)?),
            }
        }
    }

    /// `kill -9` of the postmaster; its keeper starts the server again on the same port.
    pub(crate) fn kill_postmaster(&self) -> Result<()> {
        kill_process(self.postmaster().context("PostgreSQL does not run")?)
    }

    fn postmaster(&self) -> Option<i32> {
        self.server.as_ref()?.postmaster()
    }

    /// Stops it for good.
    pub(crate) async fn stop(mut self) -> Result<()> {
        match self.server.take() {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

impl Drop for Postgres {
    /// Waits for the end, so that the folder can go.
    fn drop(&mut self) {
        let postmaster = self.postmaster();
        drop(self.server.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while postmaster.is_some_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
            && Instant::now() < deadline
        {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn kill_process(pid: i32) -> Result<()> {
    kill(Pid::from_raw(pid), Signal::SIGKILL).with_context(|| format!("killing process {pid}"))
}

/// One round's database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    name: String,
    /// Of the server, with its default database.
    url: String,
    address: SocketAddr,
}

impl Database {
    /// Where the server listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Settings for a direct connection.
    pub(crate) fn options(&self) -> Result<PgConnectOptions> {
        Ok(self.url.parse::<PgConnectOptions>()?.database(&self.name))
    }

    /// The URL by way of a proxy.
    pub(crate) fn url_through(&self, port: u16) -> Result<String> {
        let (before, _) = self.url.rsplit_once('/').context("the server's URL")?;
        let (before, _) = before.rsplit_once(':').context("the server's URL")?;
        Ok(format!("{before}:{port}/{}", self.name))
    }

    /// A direct connection, as soon as the server takes one.
    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        let options = self.options()?;
        let mut attempts = 0;
        loop {
            match PgConnection::connect_with(&options).await {
                Ok(connection) => return Ok(connection),
                Err(error) if attempts > 600 => return Err(error).context("PostgreSQL did not come back"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
            attempts += 1;
        }
    }

    /// The process of the server that holds the append lock, and its client's port.
    pub(crate) async fn lock_holder(connection: &mut PgConnection) -> Result<Option<(i32, u16)>> {
        let row: Option<(i32, i32)> = sqlx::query_as(HOLDER).fetch_optional(connection).await?;
        Ok(row.and_then(|(pid, port)| Some((pid, u16::try_from(port).ok()?))))
    }

    /// `kill -9` of the process that serves a writer: PostgreSQL restarts all of itself.
    pub(crate) async fn kill_backend(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        let holder = Self::lock_holder(&mut connection).await?.map(|(pid, _)| pid);
        let pid = match holder {
            Some(pid) => pid,
            None => sqlx::query_scalar(WRITERS)
                .fetch_optional(&mut connection)
                .await?
                .context("no writer is connected")?,
        };
        kill_process(pid)
    }
}
