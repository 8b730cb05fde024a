//! Nodes as child processes: started, killed, stopped and continued, and never left behind.

use std::{
    fs::OpenOptions,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::target::{NodeSettings, Target};

const READY_WITHIN: Duration = Duration::from_secs(60);

/// One node under test. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    target: Target,
    settings: NodeSettings,
    log: PathBuf,
    child: Option<Child>,
}

impl Node {
    /// Starts it; its output is appended to `log`.
    pub(crate) async fn start(target: Target, settings: NodeSettings, log: &Path) -> Result<Self> {
        let mut node = Self { target, settings, log: log.to_owned(), child: None };
        node.restart().await?;
        Ok(node)
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings.port)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let child = self.child.as_ref().context("the node does not run")?;
        kill(Pid::from_raw(i32::try_from(child.id())?), signal).context("signalling a node")
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().context("killing a node")?;
            child.wait().context("waiting for a killed node")?;
        }
        Ok(())
    }

    /// SIGSTOP.
    pub(crate) fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Asks it to end and waits.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if self.has_ended()? {
                self.child = None;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("a node did not end within 20 s of SIGTERM")
    }

    fn has_ended(&mut self) -> Result<bool> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait().context("looking at a node")?.is_some()),
            None => Ok(true),
        }
    }

    /// Starts it again on the same port, and waits until it is ready. A node that cannot reach its database ends
    /// and is started once more, as an operator's supervisor would.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
        let ready = format!("{}/api/v1/health/ready", self.url());
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if self.has_ended()? {
                self.spawn()?;
            }
            if http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("a node was not ready within {READY_WITHIN:?}; see {}", self.log.display())
    }

    fn spawn(&mut self) -> Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut program = self.target.program(&self.settings)?;
        program.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(program.spawn().context("starting a node")?);
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
