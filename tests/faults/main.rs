//! The fault suite: an outside witness that kills, stops and cuts off nodes and their database under load, and judges
//! from its own journal whether the log kept its promises. `docs/faults.md` says what is promised.

mod check;
mod inject;
mod load;
mod node;
mod plan;
mod postgres;
mod process;
mod prove;
mod proxy;
mod random;
mod report;
mod round;
mod target;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use plan::Form;
use postgres::Postgres;
use report::Report;
use round::{Round, Tally};
use target::Target;

#[derive(Debug, Parser)]
#[command(
    name = "souk-faults",
    about = "Injects faults under load and judges what the log holds afterwards"
)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs the suite; fails when a promise was broken.
    Run(RunArgs),
    /// Plants each known fault in the log and fails unless the suite finds every one of them.
    Prove(ProveArgs),
    /// One node under test (started by the suite).
    Node(node::NodeArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// How much to do.
    #[arg(long, value_enum, default_value = "short")]
    form: Form,
    /// What is under test.
    #[arg(long, value_enum, default_value = "node")]
    target: Target,
    /// Only rounds whose name holds this text.
    #[arg(long)]
    only: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct ProveArgs {
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct CommonArgs {
    /// Makes the choices of victims and moments again; taken from the clock unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// Journals and the nodes' output go here; kept when something was found.
    #[arg(long, default_value = "target/faults")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let ended = match Args::parse().what {
        What::Node(args) => node::run(&args),
        What::Run(args) => interruptible(run(&args)),
        What::Prove(args) => interruptible(prove(&args)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `work` until it ends or somebody interrupts it; either way everything that it started is ended.
fn interruptible(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = work => ended,
            _ = terminate.recv() => bail!("terminated"),
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                bail!("interrupted")
            }
        }
    })
}

impl CommonArgs {
    fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| u64::try_from(event_store::ids::now().timestamp_millis()).unwrap_or(0))
    }

    /// A new folder for this run.
    fn new_folder(&self) -> Result<PathBuf> {
        let folder = self.folder.join(format!("run-{}", event_store::ids::uuid().simple()));
        std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        Ok(folder)
    }
}

async fn run(args: &RunArgs) -> Result<()> {
    let seed = args.common.seed();
    let folder = args.common.new_folder()?;
    println!("seed {seed}");
    let mut rounds = plan::rounds(args.form, args.target, seed);
    rounds.retain(|round| args.only.as_ref().is_none_or(|only| round.name.contains(only.as_str())));
    let report = play(&rounds, &folder).await?;
    report.print();
    if !report.findings().is_empty() {
        bail!("promises were broken; journals and logs are in {}", folder.display());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn play(rounds: &[Round], folder: &Path) -> Result<Report> {
    let postgres = Postgres::start().await?;
    let mut report = Report::default();
    for round in rounds {
        let tally = round.play(&postgres, folder).await.unwrap_or_else(|error| Tally {
            findings: vec![format!("the round could not end: {error:#}")],
            ..Tally::default()
        });
        println!(
            "{}, {} nodes: {} strikes, {} findings",
            round.name,
            round.nodes,
            tally.faults,
            tally.findings.len()
        );
        report.add(round, tally);
    }
    postgres.stop().await?;
    Ok(report)
}

async fn prove(args: &ProveArgs) -> Result<()> {
    let folder = args.common.new_folder()?;
    prove::prove(args.common.seed(), &folder).await?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
