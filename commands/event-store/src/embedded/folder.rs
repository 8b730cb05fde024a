//! The files of a data folder, and the lock that says who may run the server on it.
//!
//! ```text
//! DATA_DIR/souk.lock                      held (flock) by the process that runs the server; its process id
//! DATA_DIR/postgres/                      0700, owned by the user that PostgreSQL runs as
//!   cluster/                              PostgreSQL's own data folder; its log files in cluster/log
//!   password, superuser-password          0600
//!   port                                  the port of the last start, kept where it is free
//!   start.log                             what PostgreSQL printed before its log file was open
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::{digest, rand};
use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

use super::{account::Account, error::EmbeddedError};

/// A killed process gives its locks back when its memory is freed, some milliseconds after the signal.
const DYING_OWNER: Duration = Duration::from_millis(400);

/// The paths below one data folder.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The data folder itself, as an absolute path without links.
    pub(super) data_dir: PathBuf,
    home: PathBuf,
}

impl Layout {
    /// Creates the data folder where it is missing.
    pub(super) fn create(data_dir: &Path) -> Result<Self, EmbeddedError> {
        fs::create_dir_all(data_dir).map_err(EmbeddedError::file("create", data_dir))?;
        Self::existing(data_dir)
    }

    /// Of a data folder that must exist.
    pub(super) fn existing(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let data_dir = data_dir.canonicalize().map_err(EmbeddedError::file("open", data_dir))?;
        let home = data_dir.join("postgres");
        Ok(Self { data_dir, home })
    }

    /// All that belongs to PostgreSQL's user.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// PostgreSQL's data folder; it exists only when it is complete.
    pub(super) fn cluster(&self) -> PathBuf {
        self.home.join("cluster")
    }

    /// Where a new cluster is made, to be renamed when it is complete.
    pub(super) fn unfinished_cluster(&self) -> PathBuf {
        self.home.join("cluster.unfinished")
    }

    /// The password of the role `souk`.
    pub(super) fn password(&self) -> PathBuf {
        self.home.join("password")
    }

    /// The password of the role `postgres`, for operators.
    pub(super) fn superuser_password(&self) -> PathBuf {
        self.home.join("superuser-password")
    }

    /// The port of the last start.
    pub(super) fn port(&self) -> PathBuf {
        self.home.join("port")
    }

    /// What the server printed before it opened its log.
    pub(super) fn start_log(&self) -> PathBuf {
        self.home.join("start.log")
    }

    /// The major version of existing data.
    pub(super) fn major_version(&self) -> Option<u32> {
        fs::read_to_string(self.cluster().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// A name that stands in the command line of every process of this folder's server, and of no other.
    pub(super) fn process_mark(&self) -> String {
        let path = self.home.as_os_str().as_encoded_bytes();
        let digest = digest::digest(&digest::SHA256, path);
        format!("souk-{}", hex(digest.as_ref().get(..6).unwrap_or_default()))
    }

    /// Makes a folder for the server's user only.
    pub(super) fn make_private(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(EmbeddedError::file("create", path)(error));
            }
            _ => {}
        }
        account.own(path)
    }

    /// Reads a secret, or makes one of 256 random bits that survives a crash once it was used.
    pub(super) fn secret(path: &Path, account: &Account) -> Result<String, EmbeddedError> {
        if let Ok(secret) = fs::read_to_string(path)
            && !secret.trim().is_empty()
        {
            return Ok(secret.trim().to_owned());
        }
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes)
            .map_err(|_| EmbeddedError::file("make random bytes for", path)(io::ErrorKind::Other.into()))?;
        let secret = hex(&bytes);
        Self::write_private(path, &format!("{secret}\n"), account)?;
        Ok(secret)
    }

    /// Writes a file (0600) as a whole or not at all.
    pub(super) fn write_private(path: &Path, text: &str, account: &Account) -> Result<(), EmbeddedError> {
        let unfinished = path.with_extension("unfinished");
        let write = || -> io::Result<()> {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(EmbeddedError::file("write", path))?;
        account.own(&unfinished)?;
        fs::rename(&unfinished, path).map_err(EmbeddedError::file("write", path))?;
        sync_folder_of(path)
    }
}

/// Makes a rename in the path's folder survive a crash.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), EmbeddedError> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(EmbeddedError::file("write", folder))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The right to run the server on a folder; given up when dropped or when the process dies, however it dies.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "held for its drop")] Flock<File>);

impl FolderLock {
    /// Takes the lock. Waits only for as long as the kernel may need to clear away an owner that was just killed.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process holds it.
    pub(super) fn take(layout: &Layout) -> Result<Self, EmbeddedError> {
        let path = layout.data_dir.join("souk.lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&path)
            .map_err(EmbeddedError::file("open", &path))?;
        let deadline = Instant::now() + DYING_OWNER;
        let mut file = file;
        let mut lock = loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => break lock,
                Err((unlocked, Errno::EWOULDBLOCK)) if Instant::now() < deadline => {
                    file = unlocked;
                    thread::sleep(Duration::from_millis(10));
                }
                Err((mut unlocked, Errno::EWOULDBLOCK)) => {
                    let mut owner = String::new();
                    let owner =
                        unlocked.read_to_string(&mut owner).ok().and_then(|_| owner.trim().parse().ok());
                    return Err(EmbeddedError::InUse { folder: layout.data_dir.clone(), owner });
                }
                Err((_, errno)) => return Err(EmbeddedError::file("lock", &path)(errno.into())),
            }
        };
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(EmbeddedError::file("write", &path))?;
        Ok(Self(lock))
    }
}
