//! The programs as processes, on a private PostgreSQL of their own: how they start, stop, die and are told off.
//!
//! They are built with the tests of `api` and `replay-tool` (`cargo test --workspace`).

mod archive;
mod crash;
mod cut;
mod diff;
mod drill;
mod evidence;
mod fork;
mod import;
mod keys;
mod mutants;
mod payouts;
mod replay;
mod replay_file;
mod replay_json;
mod rolling;
mod secrets;
mod serve;
mod settings;
mod show;
mod stop;
mod tables;
mod telemetry;
mod tls;
mod traces;
mod verify;
mod why;

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

/// Long, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// The password of the demo's accounts.
pub(crate) const PASSWORD: &str = "souk-demo-2026";

/// A program beside this test program.
pub(crate) fn program(name: &str) -> PathBuf {
    let mut folder = env::current_exe().unwrap();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing: cargo build -p api -p replay-tool", path.display());
    path
}

/// A program with none of this process's settings.
fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    for (variable, _) in env::vars() {
        if variable == "DATABASE_URL" || (variable.starts_with("SOUK_") && variable != "SOUK_POSTGRES_BIN") {
            command.env_remove(variable);
        }
    }
    // Nodes that share a database need the same one; `keys` tries the file.
    command.env("SOUK_MASTER_KEY", souk_tests::MASTER_KEY);
    // Load comes from one address here.
    command.env("SOUK_RATE_LIMITS", "off");
    command.stdin(Stdio::null());
    command
}

/// A server on a port that is free; its flags are missing.
pub(crate) fn serving() -> Command {
    let mut command = command("souk");
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command
}

/// A program that does its work and ends.
fn run(name: &str, data_dir: &Path, args: &[&str]) -> Output {
    command(name).args(args).arg("--data-dir").arg(data_dir).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn is_alive(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The process id of the private PostgreSQL.
fn postmaster(data_dir: &Path) -> i32 {
    let file = fs::read_to_string(data_dir.join("postgres/cluster/postmaster.pid")).unwrap();
    file.lines().next().unwrap().trim().parse().unwrap()
}

/// A running `souk serve`; killed with the value.
pub(crate) struct Server {
    child: Child,
    /// What it has printed.
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl Server {
    fn start(data_dir: &Path, args: &[&str]) -> Self {
        Self::start_as(serving().args(args).arg("--data-dir").arg(data_dir))
    }

    pub(crate) fn start_as(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = follow(child.stdout.take().unwrap());
        let logged = follow(child.stderr.take().unwrap());
        let url = |printed: &str| {
            let line = printed.lines().find_map(|line| line.trim().strip_prefix("API "))?;
            line.trim().strip_suffix("/api/v1").map(str::to_owned)
        };
        let mut found = None;
        wait_until("the server prints its URL", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", logged.lock().unwrap());
            }
            found = url(&printed.lock().unwrap());
            found.is_some()
        });
        Self {
            child,
            printed,
            logged,
            url: found.unwrap(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    pub(crate) fn logged(&self) -> String {
        self.logged.lock().unwrap().clone()
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// `kill -9` of the server and its PostgreSQL, which it gets no chance to start again.
    fn kill_everything(&self, data_dir: &Path) {
        let (souk, postgres) = (self.pid(), postmaster(data_dir));
        for (pid, signal) in [
            (souk, Signal::SIGSTOP),
            (postgres, Signal::SIGKILL),
            (souk, Signal::SIGKILL),
        ] {
            kill(Pid::from_raw(pid), signal).unwrap();
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the server ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// As Ctrl-C does.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGINT);
        self.wait()
    }

    async fn login(&self, email: &str, password: &str) -> Result<String, u16> {
        let answer = self
            .http
            .post(format!("{}/api/v1/auth/login", self.url))
            .json(&json!({"email": email, "password": password}))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        if !status.is_success() {
            return Err(status.as_u16());
        }
        let tokens: Value = answer.json().await.unwrap();
        Ok(tokens["access_token"].as_str().unwrap().to_owned())
    }

    async fn get(&self, path: &str, token: Option<&str>) -> (u16, Value) {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Places an order of one line; its id once it is acknowledged.
    async fn place(&self, token: &str, key: &str, sku: &str, quantity: u32) -> Option<String> {
        let answer = self
            .http
            .post(format!("{}/api/v1/orders", self.url))
            .bearer_auth(token)
            .header("Idempotency-Key", key)
            .json(&json!({"lines": [{"sku": sku, "quantity": quantity}]}))
            .send()
            .await
            .ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let order: Value = answer.json().await.ok()?;
        Some(order["id"].as_str().unwrap().to_owned())
    }

    /// Where the log ends.
    async fn position(&self) -> String {
        // A health check tells what was found up to half a second ago.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let (_, health) = self.get("/api/v1/health", None).await;
        health["log"]["position"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Everything that is written, as it is written.
fn follow(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let all = Arc::new(Mutex::new(String::new()));
    let copy = Arc::clone(&all);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut all = copy.lock().unwrap();
            all.push_str(&line);
            all.push('\n');
        }
    });
    all
}
