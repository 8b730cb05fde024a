//! `souk import`: another system's history as commands, beside a running server or alone.

use std::{path::Path, time::Duration};

use anyhow::Result;
use commands::import::{Phase, Progress, Reconciliation, online_retail};
use event_store::{
    Log,
    connection::{Database, OpenMode},
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Config;

/// Imports a file of UCI "Online Retail" and prints how the log compares with it.
pub(super) async fn run(config: &Config, file: &Path) -> Result<()> {
    // Before anything is started for it.
    std::fs::File::open(file)
        .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", file.display()))?;
    let database = config.database.connection.open(OpenMode::Tool).await?;
    let outcome = import(config, &database, file).await;
    database.stop().await?;
    let reconciliation = outcome?;
    println!("{reconciliation}");
    anyhow::ensure!(reconciliation.agrees(), "file and log differ");
    Ok(())
}

async fn import(config: &Config, database: &Database, file: &Path) -> Result<Reconciliation> {
    let connect = database.connect_options()?;
    Log::migrate(&connect).await?;
    let log = Log::open(config.database.log_options(connect)).await?;
    let mut bars = Bars::default();
    let outcome = online_retail(&log, file, &mut |progress| bars.show(progress)).await;
    bars.end();
    log.close().await;
    Ok(outcome?)
}

/// One bar for each phase, on standard error; nothing where that is no terminal.
#[derive(Default)]
struct Bars(Option<(Phase, ProgressBar)>);

impl Bars {
    fn show(&mut self, Progress { phase, done, total }: Progress) {
        if self.0.as_ref().is_none_or(|(current, _)| *current != phase) {
            self.end();
            self.0 = Some((phase, bar(phase)));
        }
        if let Some((_, bar)) = &self.0 {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        }
    }

    fn end(&mut self) {
        if let Some((_, bar)) = self.0.take() {
            bar.finish();
        }
    }
}

fn bar(phase: Phase) -> ProgressBar {
    let (what, template) = match phase {
        Phase::Reading => ("reading rows", "{msg:<20} {spinner} {human_pos}"),
        Phase::Products => ("products", COUNTED),
        Phase::Invoices => ("invoices", COUNTED),
        Phase::Checking => ("reading back", COUNTED),
    };
    let bar = ProgressBar::no_length().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

const COUNTED: &str = "{msg:<20} {bar:40} {human_pos}/{human_len} {per_sec} {eta}";
