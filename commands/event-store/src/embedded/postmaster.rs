//! What `postmaster.pid` and the table of processes say about a server.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{error::EmbeddedError, folder::Layout};

/// How often a state is looked at while it is waited for.
pub(super) const POLL: Duration = Duration::from_millis(5);
/// How long a server may take to write what it holds and end, before it is told to end at once.
pub(super) const FAST_STOP: Duration = Duration::from_secs(60);
/// How long it may then take before its processes are killed.
pub(super) const IMMEDIATE_STOP: Duration = Duration::from_secs(10);

/// The lines of `postmaster.pid` that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    /// The server's process id.
    pub(super) pid: i32,
    /// Where it listens; absent until it does.
    pub(super) port: Option<u16>,
    /// Whether it takes connections.
    pub(super) ready: bool,
}

impl PidFile {
    /// Of the cluster; `None` when there is none (the server was stopped cleanly or never ran).
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let pid = lines.first()?.parse().ok()?;
        let port = lines.get(3).and_then(|line| line.parse().ok());
        Some(Self { pid, port, ready: lines.get(7) == Some(&"ready") })
    }
}

/// The process ids of all of the folder's server: the postmaster, and what it left when it was killed.
pub(super) fn processes(layout: &Layout) -> Vec<i32> {
    let mark = layout.process_mark();
    if let Ok(entries) = fs::read_dir("/proc") {
        return entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| {
                let is_postgres = fs::read_to_string(format!("/proc/{pid}/comm"))
                    .is_ok_and(|name| name.starts_with("postgres") || name.starts_with("postmaster"));
                is_postgres
                    && fs::read(format!("/proc/{pid}/cmdline"))
                        .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&mark))
            })
            .collect();
    }
    let Ok(output) = std::process::Command::new("ps").args(["-axo", "pid=,command="]).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains(&mark))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}

/// Ends what an earlier owner left running, so that no two servers ever write to one cluster. The caller holds the
/// folder's lock, so none of these processes has an owner.
///
/// # Errors
/// When a process does not end.
pub(super) fn clear_remains(layout: &Layout) -> Result<(), EmbeddedError> {
    let cluster = layout.cluster();
    let Some(file) = PidFile::read(&cluster) else {
        return Ok(());
    };
    // A server whose owner died is told to stop by the kernel; this repeats it for kernels that do not.
    for (signal, patience) in [
        (Signal::SIGINT, FAST_STOP),
        (Signal::SIGQUIT, IMMEDIATE_STOP),
        (Signal::SIGKILL, Duration::from_secs(5)),
    ] {
        let remains = processes(layout);
        if remains.is_empty() {
            break;
        }
        tracing::warn!(?remains, %signal, "ending the PostgreSQL that an earlier process left running");
        // SIGINT would only cancel a statement in a process whose postmaster is gone: those end by themselves.
        let told: Vec<i32> = match signal {
            Signal::SIGINT => remains.iter().copied().filter(|pid| *pid == file.pid).collect(),
            _ => remains.clone(),
        };
        for pid in &told {
            send(*pid, signal);
        }
        let patience = if told.is_empty() {
            Duration::from_secs(2)
        } else {
            patience
        };
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && !processes(layout).is_empty() {
            thread::sleep(POLL);
        }
    }
    if let Some(pid) = processes(layout).first() {
        return Err(EmbeddedError::Stuck { folder: layout.data_dir.clone(), pid: *pid });
    }
    // PostgreSQL ignores a stale file, unless its process id now belongs to somebody else (as in a restarted
    // container, where ids repeat): it would refuse to start for ever.
    if PidFile::read(&cluster).is_some_and(|file| is_alive(file.pid)) {
        let path = cluster.join("postmaster.pid");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(EmbeddedError::file("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Sends a signal; a process that is gone already is no error.
pub(super) fn send(pid: i32, signal: Signal) {
    if let Err(errno) = kill(Pid::from_raw(pid), signal) {
        tracing::debug!(pid, %signal, %errno, "could not signal PostgreSQL");
    }
}

fn is_alive(pid: i32) -> bool {
    !matches!(kill(Pid::from_raw(pid), None), Err(nix::errno::Errno::ESRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_only_when_its_file_says_so() {
        let file = "4711\n/data\n1700000000\n5433\n\n127.0.0.1\n  1234   0\nready   \n";
        assert_eq!(PidFile::parse(file), Some(PidFile { pid: 4711, port: Some(5433), ready: true }));
        let starting = file.replace("ready   ", "starting");
        assert!(!PidFile::parse(&starting).unwrap().ready);
        assert_eq!(PidFile::parse("4711\n/data\n"), Some(PidFile { pid: 4711, port: None, ready: false }));
        assert_eq!(PidFile::parse(""), None);
    }
}
