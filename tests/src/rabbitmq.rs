//! A private RabbitMQ for one test: as any user, on ports of its own, with a node name, an epmd and a cookie of its own,
//! in a folder that goes with it. It takes some seconds to start, so tests share one where they can.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(90);

/// Where packages put what starts the server. The one in `PATH` would switch to the package's own user.
const SERVERS: &[&str] = &[
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/libexec/rabbitmq/rabbitmq-server",
];

/// A running server, durable as in production. Killed with the value, and with the test.
#[derive(Debug)]
pub struct TestRabbitMq {
    port: u16,
    distribution_port: u16,
    epmd_port: u16,
    epmd: Child,
    server: Option<Child>,
    folder: TempDir,
}

impl TestRabbitMq {
    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts it with more lines of `rabbitmq.conf`, such as a listener for TLS.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::panic, reason = "a test without its broker cannot go on")]
    pub async fn start_with(configuration: &str) -> Self {
        match Self::try_start(configuration).await {
            Ok(server) => server,
            Err(error) => panic!("no RabbitMQ for this test: {error:#}"),
        }
    }

    async fn try_start(configuration: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("souk-rabbitmq-").tempdir()?;
        // No plugin: the tests speak AMQP only.
        std::fs::write(folder.path().join("enabled_plugins"), "[].")?;
        std::fs::write(
            folder.path().join("rabbitmq.conf"),
            format!("log.console = false\nlog.file.level = warning\n{configuration}"),
        )?;
        let [port, distribution_port, epmd_port] = free_ports()?;
        let mut epmd = bound_to_this_process("epmd");
        epmd.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
        let epmd = epmd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let epmd = epmd.spawn().context("epmd; script/bootstrap tests installs it")?;
        let mut this = Self {
            port,
            distribution_port,
            epmd_port,
            epmd,
            server: None,
            folder,
        };
        this.restart().await?;
        Ok(this)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        let mut server = self.server.take().context("RabbitMQ does not run")?;
        server.kill()?;
        server.wait()?;
        Ok(())
    }

    /// SIGSTOP: it keeps its connections and answers nobody.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let server = self.server.as_ref().context("RabbitMQ does not run")?;
        Ok(kill(Pid::from_raw(i32::try_from(server.id())?), signal)?)
    }

    /// Where its data are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks it to end, and waits.
    ///
    /// # Errors
    /// When it does not run, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let server = self.server.as_mut().context("RabbitMQ does not run")?;
        let deadline = Instant::now() + READY_WITHIN;
        while server.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("RabbitMQ does not end");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.server = None;
        Ok(())
    }

    /// Starts it again on the same data, and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<()> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            let mut server = self.command()?.spawn().context("rabbitmq-server")?;
            while server.try_wait()?.is_none() {
                if is_answering(self.port) {
                    self.server = Some(server);
                    return Ok(());
                }
                if Instant::now() > deadline {
                    server.kill()?;
                    server.wait()?;
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // A killed node's name may still be known to epmd for a moment.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let said = std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default();
        bail!("RabbitMQ was not ready within {READY_WITHIN:?}: {said}")
    }

    fn command(&self) -> Result<Command> {
        let folder = self.folder.path();
        let output = std::fs::File::create(folder.join("output"))?;
        let program = SERVERS.iter().map(PathBuf::from).find(|program| program.exists());
        let program = program.unwrap_or_else(|| "rabbitmq-server".into());
        let mut command = bound_to_this_process(&program.display().to_string());
        command
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", format!("souk{}@localhost", self.port))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("enabled_plugins"))
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            // The script becomes the server, instead of watching over it.
            .env("RUNNING_UNDER_SYSTEMD", "1")
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            )
            .env_remove("NOTIFY_SOCKET")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        Ok(command)
    }
}

impl Drop for TestRabbitMq {
    fn drop(&mut self) {
        for child in self.server.iter_mut().chain([&mut self.epmd]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A program that ends with this process, however that ends, where the system can arrange it.
fn bound_to_this_process(program: &str) -> Command {
    let knows = Command::new("setpriv").arg("--help").output();
    if knows.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--pdeathsig")) {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", program]);
        command
    } else {
        Command::new(program)
    }
}

/// Below the range that the system takes for the near end of connections: who keeps trying to reach a port there while
/// nobody listens is one day connected to itself.
pub(crate) fn free_ports() -> Result<[u16; 3]> {
    let mut held = Vec::new();
    for _ in 0..1_000 {
        let [.., high, low] = event_store::ids::uuid().into_bytes();
        let port = 20_000 + u16::from_be_bytes([high, low]) % 12_000;
        // All are held until all are known, so that they differ.
        held.extend(TcpListener::bind(("127.0.0.1", port)).ok().map(|listener| (port, listener)));
        if let [(a, _), (b, _), (c, _)] = held.as_slice() {
            return Ok([*a, *b, *c]);
        }
    }
    bail!("there are no three free ports")
}

/// Whether it greets who speaks AMQP.
fn is_answering(port: u16) -> bool {
    let greet = || -> std::io::Result<bool> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first == [1])
    };
    greet().unwrap_or(false)
}
