//! The server under measurement: the release binary, as a user starts it.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use event_store::embedded::EmbeddedPostgres;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::client::ask;

/// A running `souk serve`.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    data_dir: PathBuf,
}

impl Server {
    pub(crate) async fn start(data_dir: &Path, projections: bool) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary("souk")?);
        command.args(["serve", "--listen", &address, "--data-dir"]).arg(data_dir);
        if !projections {
            command.arg("--no-projections");
        }
        command.env("SOUK_LOG", "warn").env("SOUK_RATE_LIMITS", "off");
        command
            .env("SOUK_ADMIN_EMAIL", "bench@souk.example")
            .env("SOUK_ADMIN_PASSWORD", crate::stage::PASSWORD);
        let log = std::fs::File::create(data_dir.with_extension("log"))?;
        let child = command.stdout(Stdio::null()).stderr(log).spawn().context("souk did not start")?;
        let server = Self { child, address, data_dir: data_dir.to_owned() };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            if ask(&self.address, "GET", "/health/live", &[], "").await.is_ok()
                || ask(&self.address, "GET", "/api/v1/health/live", &[], "").await.is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("souk was not ready in time; see {}", self.data_dir.with_extension("log").display())
    }

    /// The database that the server started.
    pub(crate) fn database(&self) -> Result<EmbeddedPostgres> {
        Ok(EmbeddedPostgres::attach(&self.data_dir)?)
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// PostgreSQL's first process.
    pub(crate) fn postmaster(&self) -> Result<u32> {
        let path = self.data_dir.join("postgres/cluster/postmaster.pid");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(text.lines().next().context("an empty postmaster.pid")?.trim().parse()?)
    }

    /// The most memory that the server process has had, in MiB.
    pub(crate) fn peak_memory_mb(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1024)
    }

    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGINT)?;
            self.child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end());
    }
}

/// A program that was built beside this one.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!("{} is missing: script/bench builds it", path.display());
    }
    Ok(path)
}

/// A process that answers a constant.
pub(crate) struct Constant {
    child: Child,
    pub(crate) address: String,
}

impl Constant {
    pub(crate) fn start(size: usize) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(std::env::current_exe()?)
            .args(["--serve-constant", &size.to_string(), "--listen", &address])
            .spawn()?;
        let constant = Self { child, address };
        let started = Instant::now();
        while std::net::TcpStream::connect(&constant.address).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                bail!("the constant server did not start");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(constant)
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
