//! What can go wrong with the private PostgreSQL, each with what to do about it.

use std::{io, path::PathBuf};

/// Why the private PostgreSQL could not be started, reached or stopped. Every message ends with a remedy; none
/// holds a password.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No installation of PostgreSQL was found at all.
    #[error(
        "PostgreSQL {minimum} or later was not found; looked in {searched}; install it (script/bootstrap does), \
         name the folder of its programs in SOUK_POSTGRES_BIN, or use a server of your own with --database-url"
    )]
    NotFound {
        /// The oldest usable major version.
        minimum: u32,
        /// The places, separated by commas.
        searched: String,
    },
    /// Installations were found, but none of the wanted version.
    #[error(
        "found PostgreSQL {found}, but {wanted} is needed; install it, name the folder of its programs in \
         SOUK_POSTGRES_BIN, or use a server of your own with --database-url"
    )]
    Version {
        /// What was found, with folders.
        found: String,
        /// What is needed: "15 or later", or the version that made the existing data.
        wanted: String,
    },
    /// Another process of ours owns the folder.
    #[error(
        "the data folder {} is in use by another souk process{}; stop that one, or choose another folder with \
         --data-dir", folder.display(), owner.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The owner's process id, where it could be read.
        owner: Option<i32>,
    },
    /// A tool wanted to join a server that does not run.
    #[error("no PostgreSQL runs on the data folder {}; start the server, or check --data-dir", folder.display())]
    NotRunning {
        /// The data folder.
        folder: PathBuf,
    },
    /// PostgreSQL refuses root, and there is nobody else to run it as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`; create \
         one, or start souk as an ordinary user"
    )]
    NoAccount,
    /// The folder belongs to somebody that this process cannot act for.
    #[error(
        "{} belongs to uid {owner}; run souk as that user, or as root with a folder that an ordinary user owns \
         (chown -R)", path.display()
    )]
    Owner {
        /// The folder.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// The unprivileged user may not enter a folder above the data, and the way round it (/proc) is not available.
    #[error(
        "the user {account} that PostgreSQL runs as cannot reach {}; choose a folder below ones that everybody may \
         enter with --data-dir", path.display()
    )]
    Unreachable {
        /// The user's name.
        account: String,
        /// The data folder.
        path: PathBuf,
    },
    /// A file or folder could not be made, read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried: "create", "read", …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// One of PostgreSQL's programs could not be run.
    #[error("cannot run {}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// `initdb` or the first set-up failed.
    #[error("{program} failed: {output}")]
    Setup {
        /// Which program.
        program: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended instead of becoming ready.
    #[error("PostgreSQL did not start on {}: {output}", folder.display())]
    Start {
        /// The data folder.
        folder: PathBuf,
        /// The end of its log.
        output: String,
    },
    /// The server runs, but was not ready in time.
    #[error("PostgreSQL on {} was not ready within {seconds} s; see the files in its `log` folder", folder.display())]
    Timeout {
        /// The data folder.
        folder: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// A process would not end, even when told to at once.
    #[error("PostgreSQL (pid {pid}) on {} does not end; end it by hand", folder.display())]
    Stuck {
        /// The data folder.
        folder: PathBuf,
        /// The process.
        pid: i32,
    },
    /// The runtime was shut down while the work went on.
    #[error("interrupted while starting or stopping PostgreSQL")]
    Interrupted,
}

impl EmbeddedError {
    /// A closure for `map_err` on file operations.
    pub(super) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
