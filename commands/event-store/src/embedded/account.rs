//! Who runs the server: PostgreSQL refuses root, so root hands it to an unprivileged user.

use std::{
    fs,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{fs::MetadataExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::{
    fcntl::{OFlag, open},
    sys::stat::Mode,
    unistd::{Gid, Uid, User, chown},
};

use super::{
    error::EmbeddedError,
    find::{in_path, output_of},
};

/// The magic links to a process's open files. A folder that root opened can be entered through them even where a
/// folder above it may not, so that data below `/root` work in a container.
const OPEN_FILES: &str = "/proc/self/fd";

/// A folder by a name that the server's user can use.
#[derive(Debug)]
pub(super) struct Reachable {
    path: PathBuf,
    handle: Option<OwnedFd>,
}

impl Reachable {
    /// The name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the name is a way round a folder that may not be entered.
    pub(super) const fn is_detour(&self) -> bool {
        self.handle.is_some()
    }
}

/// The user that PostgreSQL runs as.
#[derive(Debug, Clone)]
pub(super) struct Account {
    uid: Uid,
    gid: Gid,
    name: String,
    /// Whether this process must give up root for it.
    switches: bool,
    /// `setpriv` of util-linux, where there is one that knows `--pdeathsig`.
    setpriv: Option<PathBuf>,
}

impl Account {
    /// This process's own user; for root the owner of existing data, else `postgres`, else `nobody`.
    ///
    /// # Errors
    /// When the data belong to another user, or root finds nobody to run it as.
    pub(super) fn choose(existing: &Path) -> Result<Self, EmbeddedError> {
        let (uid, gid) = (Uid::effective(), Gid::effective());
        let owner = fs::metadata(existing).ok().map(|folder| (folder.uid(), folder.gid()));
        let setpriv = in_path("setpriv")
            .filter(|program| output_of(program, "--help").is_some_and(|help| help.contains("--pdeathsig")));
        if !uid.is_root() {
            return match owner {
                Some((owner, _)) if owner != uid.as_raw() => {
                    Err(EmbeddedError::Owner { path: existing.to_owned(), owner })
                }
                _ => Ok(Self { uid, gid, name: user_name(uid), switches: false, setpriv }),
            };
        }
        if let Some((owner, group)) = owner {
            if owner == 0 {
                return Err(EmbeddedError::Owner { path: existing.to_owned(), owner });
            }
            let uid = Uid::from_raw(owner);
            return Ok(Self {
                uid,
                gid: Gid::from_raw(group),
                name: user_name(uid),
                switches: true,
                setpriv,
            });
        }
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .ok_or(EmbeddedError::NoAccount)?;
        Ok(Self {
            uid: user.uid,
            gid: user.gid,
            name: user.name,
            switches: true,
            setpriv,
        })
    }

    /// Gives a file or folder to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        if !self.switches {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid))
            .map_err(|errno| EmbeddedError::file("give away", path)(errno.into()))
    }

    /// How the user can name `folder`, for processes that are started while the answer is kept.
    ///
    /// # Errors
    /// When a folder above may not be entered and there is no way round it.
    pub(super) fn reach(&self, folder: &Path) -> Result<Reachable, EmbeddedError> {
        if !self.switches || self.may_enter_all_above(folder) {
            return Ok(Reachable { path: folder.to_owned(), handle: None });
        }
        if !Path::new(OPEN_FILES).exists() {
            return Err(EmbeddedError::Unreachable { account: self.name.clone(), path: folder.to_owned() });
        }
        // Without O_CLOEXEC: the server and all of its processes keep it open.
        let handle = open(folder, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty())
            .map_err(|errno| EmbeddedError::file("open", folder)(errno.into()))?;
        let path = Path::new(OPEN_FILES).join(handle.as_raw_fd().to_string());
        Ok(Reachable { path, handle: Some(handle) })
    }

    /// By the mode bits alone: where an access list allows more, the way round is taken, which does no harm.
    fn may_enter_all_above(&self, folder: &Path) -> bool {
        folder.ancestors().skip(1).all(|above| {
            fs::metadata(above).is_ok_and(|above| {
                let bit = if above.uid() == self.uid.as_raw() {
                    0o100
                } else if above.gid() == self.gid.as_raw() {
                    0o010
                } else {
                    0o001
                };
                above.mode() & bit != 0
            })
        })
    }

    /// A command that runs `program` as this user with a clean environment, in a process group of its
    /// own (so that Ctrl-C in a terminal reaches this process only), and gets `on_parent_death` (a signal's name)
    /// when the *thread* that spawned it ends. The process keeps the spawned process id.
    pub(super) fn command(&self, program: &Path, on_parent_death: &str) -> Command {
        let mut command = match &self.setpriv {
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                if self.switches {
                    command
                        .args(["--reuid", &self.uid.to_string(), "--regid", &self.gid.to_string()])
                        .arg("--clear-groups");
                }
                command.args(["--pdeathsig", on_parent_death]).arg("--").arg(program);
                command
            }
            None => {
                let mut command = Command::new(program);
                if self.switches {
                    // The standard library drops the supplementary groups with it.
                    command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
                }
                command
            }
        };
        command
            // One that every user may enter: PostgreSQL's programs leave it and come back.
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }
}

fn user_name(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| format!("uid {uid}"), |user| user.name)
}
