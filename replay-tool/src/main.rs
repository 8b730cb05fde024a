//! `souk-replay`: looks into the log from outside, for auditors and operators. What it says comes from the log itself,
//! never from a projection; but for `import` and `rebuild` it only reads.
//!
//! It ends with 0 when all is well, with 1 when `verify` or `why-payout` has found a fault, and with 2 when it could not do its work.

mod archive;
mod cli;
mod connect;
mod describe;
mod diff;
mod events;
mod export;
mod failure;
mod fork;
mod kinds;
mod left_out;
mod moment;
mod order;
mod output;
mod rebuild;
mod show;
mod silence;
mod simulate;
mod source;
mod stock;
mod tables;
mod tone;
mod verify;
mod why;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command, Connection, ExportTables};
use failure::{Code, failure};
use source::Source;

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Well,
    FaultsFound,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    tracing_subscriber::fmt()
        // The driver warns of sessions that end with the private PostgreSQL; errors reach us as such.
        .with_env_filter(EnvFilter::new("warn,sqlx=error"))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    let is_json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into(), is_json),
    };
    match runtime.block_on(run(cli)) {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::FaultsFound) => ExitCode::from(1),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error, is_json),
    }
}

/// Help and version are no failures; a command line that makes no sense is one.
fn refused(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !wants_json {
        drop(error.print());
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let text = error.render().to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    failed(&failure(Code::Usage, message), true)
}

fn failed(error: &anyhow::Error, is_json: bool) -> ExitCode {
    if !is_json || output::document(&failure::document(error)).is_err() {
        eprintln!("souk-replay: {error:#}");
    }
    ExitCode::from(2)
}

async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let is_json = cli.json;
    match cli.command {
        Command::Import { file } => {
            let work =
                async |connect| archive::import::run(&connect, &file, is_json).await.map(|()| Outcome::Well);
            write(cli.connection, work).await
        }
        Command::Rebuild { projection, compare } => {
            let work = async |connect| rebuild::run(connect, &projection, compare, is_json).await;
            write(cli.connection, work).await
        }
        Command::Check { folder } => export::check::run(&folder, is_json),
        command => read(cli.connection, command, is_json).await,
    }
}

/// Commands that change the database.
async fn write(
    connection: Connection,
    work: impl AsyncFnOnce(PgConnectOptions) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let database = connect::database(connection).await?;
    let connect = database.connect_options()?.application_name("souk-replay");
    let outcome = silence::guarded(&connect, work(connect.clone())).await;
    database.stop().await?;
    outcome
}

/// Commands whose session refuses to write.
async fn read(connection: Connection, command: Command, is_json: bool) -> anyhow::Result<Outcome> {
    let opened = connect::open(connection).await?;
    let source = &opened.source;
    let outcome = opened.guarded(look(source, command, is_json)).await;
    opened.close().await?;
    outcome
}

async fn exported(source: &Source, wanted: cli::Export, is_json: bool) -> anyhow::Result<()> {
    match wanted {
        cli::Export { into: Some(into), format: Some(format), tables, .. } => {
            export::run(source, ExportTables { into, format, tables }, is_json).await
        }
        cli::Export { file: Some(file), .. } => archive::export::run(source, &file, is_json).await,
        cli::Export { .. } => Err(failure(Code::Usage, "name a file, or a folder with --into and --format")),
    }
}

async fn look(source: &Source, command: Command, is_json: bool) -> anyhow::Result<Outcome> {
    let well = |()| Outcome::Well;
    match command {
        Command::Events(wanted) => events::run(source, wanted).await.map(well),
        Command::Order(wanted) => order::run(source, wanted, is_json).await.map(well),
        Command::Stock(wanted) => stock::run(source, wanted, is_json).await.map(well),
        Command::WhyStock(wanted) => why::stock::run(source, wanted, is_json).await.map(well),
        Command::WhyPayout { payout } => why::payout::run(source, &payout, is_json).await,
        Command::Show(wanted) => show::run(source, wanted, is_json).await.map(well),
        Command::Diff(wanted) => diff::run(source, wanted, is_json).await.map(well),
        Command::Verify(wanted) => verify::run(source, wanted, is_json).await,
        Command::Export(wanted) => exported(source, wanted, is_json).await.map(well),
        Command::Fork(wanted) => fork::run(source, wanted, is_json).await.map(well),
        Command::SimulatePromotion(wanted) => simulate::run(source, wanted, is_json).await.map(well),
        Command::Import { .. } | Command::Rebuild { .. } | Command::Check { .. } => {
            Err(failure(Code::Failed, "this command is not one that reads the log"))
        }
    }
}
