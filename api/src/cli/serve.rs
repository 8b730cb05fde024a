//! `souk serve`.

use std::{
    io::{self, Write},
    process,
    time::Instant,
};

use anyhow::Result;
use commands::identity::FirstAdmin;
use event_store::connection::{Database, OpenMode};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    config::Config,
    demo,
    server::{Server, ServerOptions},
    steps::{milliseconds, timed},
};

/// What a shell calls an end by SIGINT.
const ENDED_IN_A_HURRY: i32 = 130;

/// What was asked for beside the configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Seed the demo.
    pub(super) demo: bool,
    /// Hold the read models where they are.
    pub(super) no_projections: bool,
}

/// Serves until SIGINT or SIGTERM, then stops in order: no new connections, requests under way, the read side, the log,
/// PostgreSQL. A second signal ends everything at once: what was acknowledged is on disk, and the kernel tells
/// PostgreSQL to stop.
pub(super) async fn run(config: &Config, asked: Asked) -> Result<()> {
    let began = Instant::now();
    let mut signals = Signals::listen()?;
    // A start that is interrupted ends the private PostgreSQL by dropping it.
    let database = tokio::select! {
        database = timed("database", config.database.connection.open(OpenMode::Serve)) => database?,
        () = signals.next() => return Ok(()),
    };
    let outcome = tokio::select! {
        server = start(config, &database, asked, began) => server,
        () = signals.next() => return Ok(database.stop().await?),
    };
    let server = match outcome {
        Ok(server) => server,
        Err(error) => {
            database.stop().await?;
            return Err(error);
        }
    };
    signals.next().await;
    tracing::info!("stopping: requests under way are finished; a second signal ends at once");
    tokio::spawn(async move {
        signals.next().await;
        process::exit(ENDED_IN_A_HURRY);
    });
    stop(server, database).await
}

async fn start(config: &Config, database: &Database, asked: Asked, began: Instant) -> Result<Server> {
    let options = ServerOptions { are_projections_paused: asked.no_projections };
    let server = timed("server", Server::start(config, database.connect_options()?, options)).await?;
    // At once: whatever comes next may fail, and nobody could sign in.
    if let FirstAdmin::Created { email, generated: Some(password) } = &server.first_admin {
        say(&format!("First super admin, shown this once: {} {}\n", email.as_str(), password.expose()));
    }
    if asked.demo {
        let seeded = timed("demo", demo::seed(&server.souk.log, &server.souk.identity)).await;
        if let Err(error) = seeded {
            server.stop().await?;
            return Err(error.into());
        }
    }
    say(&announcement(&server, config, asked, began));
    tracing::info!(address = %server.address, ready_ms = milliseconds(began.elapsed()), "serving");
    Ok(server)
}

async fn stop(server: Server, database: Database) -> Result<()> {
    let outcome = timed("finishing requests and closing the log", server.stop()).await;
    timed("stopping the database", database.stop()).await?;
    outcome
}

/// The two signals that end a server.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// To standard output. Somebody who closed it (a pager, a supervisor) wants the server all the same.
fn say(text: &str) {
    let mut out = io::stdout();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn announcement(server: &Server, config: &Config, asked: Asked, began: Instant) -> String {
    let url = config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", server.address));
    let mut lines = vec![
        format!("Souk is ready after {} ms.", milliseconds(began.elapsed())),
        format!("  API   {url}/api/v1"),
        format!("  Docs  {url}/docs"),
    ];
    if asked.demo {
        lines.push(format!("  Demo accounts, all with the password {}:", demo::PASSWORD));
        let line = |account: &demo::DemoAccount| format!("    {:<28} {}", account.email, account.who);
        lines.extend(demo::ACCOUNTS.iter().map(line));
    }
    if asked.no_projections {
        lines.push("  The read models are held where they are (--no-projections).".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}
