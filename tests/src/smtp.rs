//! A real SMTP server for tests (aiosmtpd), on a port that the test chooses when it needs one to be away at first.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A mail server. It refuses recipients that begin with `refused`. Killed with the value.
#[derive(Debug)]
pub struct TestSmtp {
    child: Child,
    folder: TempDir,
}

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// All of it.
    pub raw: String,
}

impl TestSmtp {
    /// A port where no server is yet.
    ///
    /// # Errors
    /// When the system has none.
    pub fn free_port() -> Result<u16> {
        let [port, ..] = crate::rabbitmq::free_ports()?;
        Ok(port)
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(port: u16) -> Result<Self> {
        Self::start_with(port, &[]).await
    }

    /// Starts it with more arguments of aiosmtpd, such as a certificate.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_with(port: u16, arguments: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("souk-smtp-").tempdir()?;
        let address = format!("127.0.0.1:{port}");
        let child =
            Command::new(python().context("no Python has aiosmtpd; script/bootstrap tests installs it")?)
                .args(["-m", "aiosmtpd", "-n", "-l", &address])
                .args(arguments)
                .args(["-c", "smtp_sink.Sink"])
                .arg(folder.path().join("mails"))
                .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .context("starting aiosmtpd")?;
        let mut this = Self { child, folder };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(&address).is_err() {
            if this.child.try_wait()?.is_some() || Instant::now() > deadline {
                let mut said = String::new();
                if let Some(mut stderr) = this.child.stderr.take() {
                    let _ = this.child.kill();
                    std::io::Read::read_to_string(&mut stderr, &mut said)?;
                }
                bail!("the mail server did not start: {said}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(this)
    }

    /// What has arrived, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn mails(&self) -> Result<Vec<ReceivedMail>> {
        let folder = self.folder.path().join("mails/new");
        let Ok(files) = fs::read_dir(folder) else {
            return Ok(Vec::new());
        };
        let mut files: Vec<_> = files.collect::<Result<Vec<_>, _>>()?;
        files.sort_by_key(fs::DirEntry::file_name);
        files.iter().map(|file| Ok(ReceivedMail { raw: fs::read_to_string(file.path())? })).collect()
    }
}

/// The system's Python has the system's packages; the one in `PATH` may be another.
fn python() -> Option<&'static str> {
    ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let found = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    })
}

impl Drop for TestSmtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl ReceivedMail {
    /// A header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let lines = self.raw.lines().take_while(|line| !line.is_empty());
        let mut headers = lines.filter_map(|line| line.split_once(": "));
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The text of its part of this kind (`text/html`); empty where it has none.
    #[must_use]
    pub fn part(&self, kind: &str) -> String {
        let raw = self.raw.replace("\r\n", "\n");
        let Some(boundary) = raw.split_once("boundary=\"").and_then(|(_, rest)| rest.split('"').next())
        else {
            return String::new();
        };
        let boundary = format!("--{boundary}");
        let parts = raw.split(&boundary).skip(1);
        let parts = parts.map(|part| Self { raw: part.trim_start_matches('\n').to_owned() });
        let mut wanted = parts.filter(|part| part.header("Content-Type").starts_with(kind));
        wanted.next().map_or_else(String::new, |part| part.text())
    }

    /// The text of its one part.
    #[must_use]
    pub fn text(&self) -> String {
        let normal = self.raw.replace("\r\n", "\n");
        let body = normal.split_once("\n\n").map_or("", |(_, body)| body);
        if self.header("Content-Transfer-Encoding") == "base64" {
            let packed: String = body.split_whitespace().collect();
            let bytes = STANDARD.decode(packed).unwrap_or_default();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let unfolded = body.replace("=\n", "");
        if self.header("Content-Transfer-Encoding") == "quoted-printable" {
            return unquote(&unfolded);
        }
        unfolded
    }
}

fn unquote(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'=').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
