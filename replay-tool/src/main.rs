//! `souk-replay`: looks into the log from outside, for auditors and operators. What it says comes from the log itself,
//! never from a projection; but for `import` and `rebuild` it only reads.
//!
//! It ends with 0 when all is well, with 1 when `verify` has found a fault, and with 2 when it could not do its work.

mod archive;
mod cli;
mod connect;
mod describe;
mod events;
mod kinds;
mod moment;
mod order;
mod output;
mod rebuild;
mod stock;
mod verify;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command, Connection};

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Well,
    FaultsFound,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        // The driver warns of sessions that end with the private PostgreSQL; errors reach us as such.
        .with_env_filter(EnvFilter::new("warn,sqlx=error"))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::FaultsFound) => ExitCode::from(1),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("souk-replay: {error:#}");
    ExitCode::from(2)
}

async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Import { file } => {
            write(cli.connection, async |connect| archive::import::run(&connect, &file).await).await
        }
        Command::Rebuild { projection } => {
            write(cli.connection, async |connect| rebuild::run(connect, &projection).await).await
        }
        command => read(cli.connection, command).await,
    }
}

/// Commands that change the database.
async fn write(
    connection: Connection,
    work: impl AsyncFnOnce(PgConnectOptions) -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    let database = connect::database(connection).await?;
    let outcome = work(database.connect_options()?.application_name("souk-replay")).await;
    database.stop().await?;
    outcome.map(|()| Outcome::Well)
}

/// Commands whose session refuses to write.
async fn read(connection: Connection, command: Command) -> anyhow::Result<Outcome> {
    let opened = connect::open(connection).await?;
    let reader = &opened.reader;
    let outcome = match command {
        Command::Events(wanted) => events::run(reader, wanted).await.map(|()| Outcome::Well),
        Command::Order(wanted) => order::run(reader, wanted).await.map(|()| Outcome::Well),
        Command::Stock(wanted) => stock::run(reader, wanted).await.map(|()| Outcome::Well),
        Command::Verify => verify::run(reader).await,
        Command::Export { file } => archive::export::run(reader, &file).await.map(|()| Outcome::Well),
        Command::Import { .. } | Command::Rebuild { .. } => Err(anyhow::anyhow!("this command writes")),
    };
    opened.close().await?;
    outcome
}
