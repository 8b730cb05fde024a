//! `verify`: the whole log, twice: once in its order, once stream by stream. Every fault is a line of its own.

mod positions;
mod streams;

use std::io::{self, Write};

use event_store::LogReader;

use crate::{Outcome, output};

/// Events of one page.
const PAGE: i64 = 5_000;

/// What was found, printed as it is found.
#[derive(Default)]
struct Report {
    faults: u64,
}

impl Report {
    fn fault(&mut self, text: &str) {
        self.faults += 1;
        say(&format!("fault: {text}\n"));
    }
}

pub(crate) async fn run(reader: &LogReader) -> anyhow::Result<Outcome> {
    let head = reader.head();
    let total = u64::try_from(head.position)?;
    let mut report = Report::default();

    let bar = output::progress("positions", total);
    let read = positions::check(reader, head.position, &mut report, &bar).await?;
    bar.finish_and_clear();

    let bar = output::progress("streams", read);
    let streams = streams::check(reader, head.position, &mut report, &bar).await?;
    bar.finish_and_clear();

    if streams.events != read {
        report.fault(&format!(
            "the index of streams leads to {} events, the table holds {read}: it is damaged",
            streams.events
        ));
    }
    let faults = match report.faults {
        0 => "no fault".to_owned(),
        1 => "1 fault".to_owned(),
        faults => format!("{faults} faults"),
    };
    say(&format!("{read} events in {} streams up to position {head}: {faults}\n", streams.streams));
    Ok(if report.faults == 0 {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    })
}

/// To standard output. Whoever closes it (`head`) still gets the exit status.
fn say(text: &str) {
    drop(io::stdout().write_all(text.as_bytes()));
}
