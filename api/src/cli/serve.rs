//! `souk serve`.

use std::time::Instant;

use anyhow::Result;
use commands::identity::FirstAdmin;
use event_store::connection::{Database, OpenMode};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::Config,
    demo,
    server::{Server, ServerOptions},
};

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Serves until SIGINT or SIGTERM, then stops in order: no new connections, requests under way, the log, PostgreSQL.
pub(super) async fn run(config: &Config, is_demo: bool, are_projections_paused: bool) -> Result<()> {
    let started = Instant::now();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let asked_to_stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(asked_to_stop);
    // A start that is interrupted ends the private PostgreSQL by dropping it.
    let database = tokio::select! {
        database = config.database.connection.open(OpenMode::Serve) => database?,
        () = &mut asked_to_stop => return Ok(()),
    };
    let starting =
        Server::start(config, database.connect_options()?, ServerOptions { are_projections_paused });
    let server = tokio::select! {
        server = starting => server,
        () = &mut asked_to_stop => return Ok(database.stop().await?),
    };
    let server = match server {
        Ok(server) => server,
        Err(error) => {
            database.stop().await?;
            return Err(error);
        }
    };
    if is_demo {
        let seeded = tokio::select! {
            seeded = demo::seed(&server.souk.log, &server.souk.identity) => seeded,
            () = &mut asked_to_stop => return stop(server, database).await,
        };
        if let Err(error) = seeded {
            stop(server, database).await?;
            return Err(error.into());
        }
    }
    announce(&server, config, is_demo, started);
    asked_to_stop.await;
    tracing::info!("stopping");
    stop(server, database).await
}

async fn stop(server: Server, database: Database) -> Result<()> {
    let outcome = server.stop().await;
    tracing::info!("requests and the log have ended");
    database.stop().await?;
    tracing::info!("stopped");
    outcome
}

fn announce(server: &Server, config: &Config, is_demo: bool, started: Instant) {
    let url = config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", server.address));
    println!("Souk is ready after {} ms.", started.elapsed().as_millis());
    println!("  API   {url}/api/v1");
    println!("  Docs  {url}/docs");
    if let FirstAdmin::Created { email, generated: Some(password) } = &server.first_admin {
        println!("  First super admin, shown this once: {} {}", email.as_str(), password.expose());
    }
    if is_demo {
        println!("  Demo accounts (password {}):", demo::PASSWORD);
        for account in demo::ACCOUNTS {
            println!("    {:<28} {}", account.email, account.who);
        }
    }
    tracing::info!(address = %server.address, ready_ms = milliseconds(started), "serving");
}
