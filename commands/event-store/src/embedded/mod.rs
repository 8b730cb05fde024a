//! A private PostgreSQL inside the data folder, for everybody who gave no `--database-url`.
//!
//! It runs the machine's own PostgreSQL (15 or later) as a child process, listening on 127.0.0.1 with a random
//! password, with every setting that durability needs. It stops with its owner, however that ends; an owner that
//! finds it dead starts it again on the same port. One process at a time owns a folder; others
//! [`attach`](EmbeddedPostgres::attach).

mod account;
mod cluster;
mod error;
mod find;
mod folder;
mod keeper;
mod postmaster;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

pub use error::EmbeddedError;

use account::Account;
use folder::{FolderLock, Layout};
use keeper::{Keeper, Server};
use postmaster::{PidFile, clear_remains, processes};

/// How to run the private PostgreSQL.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    data_dir: PathBuf,
    settings: Vec<(String, String)>,
    is_throwaway: bool,
}

impl EmbeddedOptions {
    /// In this folder, which is created where it is missing.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            settings: Vec::new(),
            is_throwaway: false,
        }
    }

    /// Adds or overrides one setting of postgresql.conf.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// For tests whose data nobody needs after a crash: nothing is forced to the disk.
    #[must_use]
    pub fn throwaway(mut self) -> Self {
        self.is_throwaway = true;
        self.setting("fsync", "off").setting("synchronous_commit", "off").setting("full_page_writes", "off")
    }
}

/// A private PostgreSQL that this process owns or has joined.
pub struct EmbeddedPostgres {
    url: String,
    data_dir: PathBuf,
    keeper: Option<Keeper>,
}

/// The folder of the PostgreSQL programs that an embedded instance would run: `pgbench` and `psql` stand there too.
///
/// # Errors
/// When PostgreSQL 15 or later is not on this machine.
pub fn programs_folder() -> Result<PathBuf, EmbeddedError> {
    let programs = find::find(None)?;
    // What was found may be a link to the real folder, and only that one has the other programs.
    let real = fs::canonicalize(programs.path("postgres")).ok();
    Ok(real.and_then(|path| path.parent().map(Path::to_owned)).unwrap_or(programs.folder))
}

impl EmbeddedPostgres {
    /// Starts it and waits until it takes connections: well under a second on existing data that were closed
    /// cleanly, about one second on a new folder, as long as recovery takes after a crash.
    ///
    /// # Errors
    /// [`EmbeddedError`]; in particular `InUse` when another process owns the folder.
    pub async fn start(options: EmbeddedOptions) -> Result<Self, EmbeddedError> {
        tokio::task::spawn_blocking(move || Self::start_blocking(&options))
            .await
            .map_err(|_| EmbeddedError::Interrupted)?
    }

    fn start_blocking(options: &EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let layout = Layout::create(&options.data_dir)?;
        let lock = FolderLock::take(&layout)?;
        let programs = find::find(layout.major_version())?;
        let account = Account::choose(layout.home())?;
        clear_remains(&layout)?;
        cluster::ensure(&layout, &programs, &account, options)?;
        let data_dir = layout.data_dir.clone();
        tracing::debug!(folder = %programs.folder.display(), major = programs.major, "starting PostgreSQL");
        let keeper = Keeper::start(Server { layout: layout.clone(), programs, account }, lock)?;
        let url = url_of(&layout, keeper.port)?;
        Ok(Self { url, data_dir, keeper: Some(keeper) })
    }

    /// Joins the one that another process runs on this folder, for instance a tool beside the server. Needs the
    /// right to read the folder's password.
    ///
    /// # Errors
    /// `NotRunning` when none runs, or it is not ready yet; `File` without the right to read.
    pub fn attach(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let layout = Layout::existing(data_dir)?;
        let not_running = || EmbeddedError::NotRunning { folder: layout.data_dir.clone() };
        // So that a folder that may not be read is told from one where nothing runs.
        fs::read_dir(layout.home()).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => not_running(),
            _ => EmbeddedError::file("read", layout.home())(error),
        })?;
        let file = PidFile::read(&layout.cluster()).filter(|file| file.ready).ok_or_else(not_running)?;
        // The file outlives a server that was killed.
        if !processes(&layout).contains(&file.pid) {
            return Err(not_running());
        }
        let url = url_of(&layout, file.port.ok_or_else(not_running)?)?;
        Ok(Self { url, data_dir: layout.data_dir, keeper: None })
    }

    /// The connection URL, **with its password**: `postgres://souk:…@127.0.0.1:PORT/souk`. The role owns the database
    /// and may create databases and roles; it is no superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data folder, absolute.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Whether this process runs it, rather than having joined it.
    #[must_use]
    pub const fn is_owner(&self) -> bool {
        self.keeper.is_some()
    }

    /// The process id of the postmaster; `None` when it is not ours or is being started again.
    #[must_use]
    pub fn postmaster(&self) -> Option<i32> {
        self.keeper.as_ref()?.postmaster()
    }

    /// Stops it when this process owns it: open sessions are ended, what is committed is on disk. Returns when it is
    /// gone.
    ///
    /// # Errors
    /// When a process cannot be ended.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        let Some(keeper) = self.keeper.take() else {
            return Ok(());
        };
        tokio::task::spawn_blocking(move || keeper.stop()).await.map_err(|_| EmbeddedError::Interrupted)?
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.request_stop();
        }
    }
}

impl fmt::Debug for EmbeddedPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL: it holds the password.
        f.debug_struct("EmbeddedPostgres")
            .field("data_dir", &self.data_dir)
            .field("is_owner", &self.is_owner())
            .finish_non_exhaustive()
    }
}

fn url_of(layout: &Layout, port: u16) -> Result<String, EmbeddedError> {
    let path = layout.password();
    let password = fs::read_to_string(&path).map_err(EmbeddedError::file("read", &path))?;
    Ok(format!("postgres://{}:{}@127.0.0.1:{port}/{}", cluster::ROLE, password.trim(), cluster::DATABASE))
}
