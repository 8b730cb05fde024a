//! `verify`: the whole log, twice: once in its order, once stream by stream; then every projection against its replay.
//! Every fault is a line of its own.

mod evidence;
mod positions;
mod projections;
mod report;
mod streams;

use event_store::LogReader;
use serde::Serialize;

use crate::{Outcome, cli, output, source::Source, tone::verdict};
use projections::Checked;
use report::{Fault, Report};

/// Events of one page.
const PAGE: i64 = 5_000;

/// The document.
#[derive(Serialize)]
struct Document {
    /// Up to where the log was looked at.
    head: String,
    events: u64,
    streams: u64,
    projections: Vec<Checked>,
    sound: bool,
    fault_count: u64,
    /// The first ten thousand.
    faults: Vec<Fault>,
}

pub(crate) async fn run(source: &Source, wanted: cli::Verify, is_json: bool) -> anyhow::Result<Outcome> {
    if wanted.evidence {
        return evidence::run(source, &wanted, is_json).await;
    }
    let chosen = projections::choose(&wanted)?;
    let head = source.head();
    let total = u64::try_from(head.position)?;
    let mut report = Report::new(is_json);

    let bar = output::progress("positions", total);
    let read = positions::check(source, head.position, &mut report, &bar).await?;
    bar.finish_and_clear();

    let bar = output::progress("streams", read);
    let seen = streams::check(source, head.position, &mut report, &bar).await?;
    bar.finish_and_clear();

    if seen.events != read {
        let message = format!(
            "the index of streams leads to {} events, the table holds {read}: it is damaged",
            seen.events
        );
        report.fault(Fault::new("index-damaged", message));
    }
    let projections = match source {
        Source::Database(reader) => projections::check(reader, chosen, &mut report).await?,
        Source::File(_) => {
            report.say("an exported log has no projections: only the log was checked\n");
            Vec::new()
        }
    };
    let faults = verdict(report.faults);
    let outcome = if report.faults == 0 {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    };
    if is_json {
        let document = Document {
            head: head.to_string(),
            events: read,
            streams: seen.streams,
            projections,
            sound: report.faults == 0,
            fault_count: report.faults,
            faults: report.listed(),
        };
        // A reader who has seen enough still gets the exit status.
        drop(output::document(&document));
    } else {
        report.say(&format!("{read} events in {} streams up to position {head}: {faults}\n", seen.streams));
    }
    Ok(outcome)
}

/// How projections compare with the log, without the log itself being looked at.
#[derive(Serialize)]
pub(crate) struct Compared {
    projections: Vec<Checked>,
    pub(crate) fault_count: u64,
    /// The first ten thousand.
    faults: Vec<Fault>,
}

/// Compares some projections, or all where none is named, each at the position where it stands; says what it finds
/// unless a machine wants it.
pub(crate) async fn compare(
    reader: &LogReader,
    names: Vec<String>,
    is_json: bool,
) -> anyhow::Result<Compared> {
    let chosen = projections::choose(&cli::Verify { projections: names, ..cli::Verify::default() })?;
    let mut report = Report::new(is_json);
    let projections = projections::check(reader, chosen, &mut report).await?;
    Ok(Compared {
        projections,
        fault_count: report.faults,
        faults: report.listed(),
    })
}
