//! Runs the postmaster on a thread of its own that waits for it, starts it again when it dies, and whose end (with
//! the process, however it dies) makes the kernel tell the postmaster to stop.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use super::{
    account::Account,
    cluster::last_lines,
    error::EmbeddedError,
    find::Programs,
    folder::{FolderLock, Layout},
    postmaster::{FAST_STOP, IMMEDIATE_STOP, POLL, PidFile, clear_remains, send},
};

/// Recovery after a crash reads up to `max_wal_size`; nothing that takes longer than this is a recovery.
const READY_WITHIN: Duration = Duration::from_secs(600);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many ports are tried when other programs take them first.
const PORT_ATTEMPTS: usize = 5;

/// All that is needed to start the postmaster.
pub(super) struct Server {
    pub(super) layout: Layout,
    pub(super) programs: Programs,
    pub(super) account: Account,
}

#[derive(Debug, Default)]
struct State {
    postmaster: Option<i32>,
    is_stopping: bool,
    has_ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle of a running server.
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
    folder: PathBuf,
    /// Where the server listens, also after it was started again.
    pub(super) port: u16,
}

impl Keeper {
    /// Starts the server and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(server: Server, lock: FolderLock) -> Result<Self, EmbeddedError> {
        let shared = Arc::new(Shared::default());
        let folder = server.layout.data_dir.clone();
        let (ready, is_ready) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || {
                keep(&server, &theirs, &ready);
                // Only now may another process run a server here.
                drop(lock);
                theirs.state().has_ended = true;
                theirs.changed.notify_all();
            })
            .map_err(EmbeddedError::file("start a thread for", &folder))?;
        let port = is_ready.recv().map_err(|_| EmbeddedError::Interrupted)??;
        Ok(Self { shared, folder, port })
    }

    /// The postmaster's process id; `None` while it is being started again.
    pub(super) fn postmaster(&self) -> Option<i32> {
        self.shared.state().postmaster
    }

    /// Tells the server to stop, without waiting.
    pub(super) fn request_stop(&self) {
        let mut state = self.shared.state();
        if !state.is_stopping {
            state.is_stopping = true;
            if let Some(pid) = state.postmaster {
                send(pid, Signal::SIGINT);
            }
        }
        self.shared.changed.notify_all();
    }

    /// Stops the server and waits: fast, then at once, then by force. Nothing that was committed is lost by any.
    ///
    /// # Errors
    /// When even force does not end it.
    pub(super) fn stop(&self) -> Result<(), EmbeddedError> {
        self.request_stop();
        let steps = [
            (FAST_STOP, Some(Signal::SIGQUIT)),
            (IMMEDIATE_STOP, Some(Signal::SIGKILL)),
            (IMMEDIATE_STOP, None),
        ];
        let mut state = self.shared.state();
        for (patience, next) in steps {
            state = self
                .shared
                .changed
                .wait_timeout_while(state, patience, |state| !state.has_ended)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if state.has_ended {
                return Ok(());
            }
            if let (Some(pid), Some(signal)) = (state.postmaster, next) {
                tracing::warn!(pid, %signal, "PostgreSQL takes too long to stop");
                send(pid, signal);
            }
        }
        Err(EmbeddedError::Stuck {
            folder: self.folder.clone(),
            pid: state.postmaster.unwrap_or_default(),
        })
    }
}

fn keep(server: &Server, shared: &Shared, ready: &mpsc::Sender<Result<u16, EmbeddedError>>) {
    let (mut child, port) = match server.start_first(shared) {
        Ok(started) => started,
        Err(error) => {
            // The receiver waits for it.
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(port));
    loop {
        let status = child.wait();
        shared.state().postmaster = None;
        if shared.state().is_stopping {
            return;
        }
        tracing::error!(?status, "PostgreSQL ended unexpectedly; starting it again");
        let mut pause = Duration::from_millis(50);
        child = loop {
            match clear_remains(&server.layout).and_then(|()| server.start_on(port, shared)) {
                Ok(child) => break child,
                Err(error) if shared.state().is_stopping => {
                    tracing::debug!(%error, "stopped while starting again");
                    return;
                }
                Err(error) => tracing::error!(%error, "PostgreSQL could not be started again; trying on"),
            }
            let state = shared.state();
            let waited = shared.changed.wait_timeout_while(state, pause, |state| !state.is_stopping);
            if waited.unwrap_or_else(PoisonError::into_inner).0.is_stopping {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        tracing::info!("PostgreSQL runs again");
    }
}

impl Server {
    /// On the port of the last start, else on a free one.
    fn start_first(&self, shared: &Shared) -> Result<(Child, u16), EmbeddedError> {
        let last = fs::read_to_string(self.layout.port()).ok().and_then(|port| port.trim().parse().ok());
        let mut port = match last {
            Some(port) if is_free(port) => port,
            _ => self.free_port()?,
        };
        for _ in 1..PORT_ATTEMPTS {
            match self.start_on(port, shared) {
                // Another program was quicker.
                Err(EmbeddedError::Start { .. }) if !is_free(port) => port = self.free_port()?,
                started => return Ok((started?, port)),
            }
        }
        Ok((self.start_on(port, shared)?, port))
    }

    fn free_port(&self) -> Result<u16, EmbeddedError> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = address.map_err(EmbeddedError::file("find a port for", &self.layout.data_dir))?.port();
        Layout::write_private(&self.layout.port(), &format!("{port}\n"), &self.account)?;
        Ok(port)
    }

    fn start_on(&self, port: u16, shared: &Shared) -> Result<Child, EmbeddedError> {
        let cluster = self.layout.cluster();
        let log_path = self.layout.start_log();
        let log = File::create(&log_path).map_err(EmbeddedError::file("create", &log_path))?;
        let log_too = log.try_clone().map_err(EmbeddedError::file("create", &log_path))?;
        let program = self.programs.path("postgres");
        let mut command = self.account.command(&program, "INT");
        let reachable = self.account.reach(&cluster)?;
        command.arg("-D").arg(reachable.path());
        command.args(["-p", &port.to_string()]);
        command.args(["-c", &format!("cluster_name={}", self.layout.process_mark())]);
        command.stdout(Stdio::from(log)).stderr(Stdio::from(log_too));
        let mut child = {
            // Under the lock: a stop that comes now either finds the process or prevents it.
            let mut state = shared.state();
            if state.is_stopping {
                return Err(EmbeddedError::Interrupted);
            }
            let child = command.spawn().map_err(|source| EmbeddedError::Run { program, source })?;
            state.postmaster = i32::try_from(child.id()).ok();
            child
        };
        let waited = self.wait_until_ready(&mut child);
        if waited.is_err() {
            shared.state().postmaster = None;
        }
        waited.map(|()| child)
    }

    fn wait_until_ready(&self, child: &mut Child) -> Result<(), EmbeddedError> {
        let cluster = self.layout.cluster();
        let folder = &self.layout.data_dir;
        let deadline = Instant::now() + READY_WITHIN;
        let mut next_note = Instant::now() + LONGEST_PAUSE;
        loop {
            let file = PidFile::read(&cluster);
            if file.is_some_and(|file| file.ready && u32::try_from(file.pid) == Ok(child.id())) {
                return Ok(());
            }
            let ended = child.try_wait().map_err(EmbeddedError::file("wait for the server of", folder))?;
            if ended.is_some() {
                return Err(EmbeddedError::Start { folder: folder.clone(), output: self.log_end() });
            }
            let now = Instant::now();
            if now > deadline {
                send(i32::try_from(child.id()).unwrap_or_default(), Signal::SIGQUIT);
                child.wait().map_err(EmbeddedError::file("wait for the server of", folder))?;
                return Err(EmbeddedError::Timeout {
                    folder: folder.clone(),
                    seconds: READY_WITHIN.as_secs(),
                });
            }
            if now > next_note {
                tracing::info!("PostgreSQL is recovering");
                next_note = now + LONGEST_PAUSE;
            }
            thread::sleep(POLL);
        }
    }

    /// The end of what the server said, wherever it said it.
    fn log_end(&self) -> String {
        let newest = fs::read_dir(self.layout.cluster().join("log"))
            .ok()
            .into_iter()
            .flatten()
            .flatten()
            .max_by_key(|entry| entry.metadata().and_then(|file| file.modified()).ok());
        let read = |path: PathBuf| -> io::Result<String> {
            Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
        };
        let log = newest.and_then(|entry| read(entry.path()).ok()).unwrap_or_default();
        let start = read(self.layout.start_log()).unwrap_or_default();
        last_lines(&format!("{start}\n{log}"))
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
