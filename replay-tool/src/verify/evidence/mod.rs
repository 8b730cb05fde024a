//! `verify --evidence`: the log against its signed tree heads, as docs/evidence.md specifies them.

mod event;
mod heads;
mod segment;
mod sources;
mod walk;

use serde::Serialize;

use super::report::{Fault, Report};
use crate::{Outcome, cli, output, source::Source, tone::verdict};
use heads::Head;

/// The document.
#[derive(Serialize)]
struct Document {
    /// Up to where the log was looked at.
    head: String,
    events: u64,
    /// The last position that is under a tree head.
    sealed: i64,
    /// How many events are not under a tree head yet: those after `sealed`.
    unsealed: u64,
    heads: Vec<Shown>,
    /// The keys that were believed.
    keys: Vec<String>,
    /// Whether they were given, rather than found beside the log.
    keys_given: bool,
    sound: bool,
    fault_count: u64,
    faults: Vec<Fault>,
}

/// A tree head of the document: the newest, and those that were given.
#[derive(Serialize)]
struct Shown {
    size: i64,
    epoch: u32,
    root: String,
    signed_at: String,
    /// The log has the root that it states.
    holds: bool,
}

pub(crate) async fn run(source: &Source, wanted: &cli::Verify, is_json: bool) -> anyhow::Result<Outcome> {
    let mut report = Report::new(is_json);
    let heads = heads::collect(source, wanted, &mut report).await?;
    if let (Some(position), Some(proof)) = (wanted.event, &wanted.proof) {
        return event::check(source, position, proof, &heads, report).await;
    }
    // After the heads: what they cover must be in the log.
    let head = match source {
        Source::Database(reader) => reader.refresh_head().await?,
        Source::File(archive) => archive.head(),
    };
    let walked = walk::walk(source, head.position, &heads, &mut report).await?;
    let sealed = heads.all.last().map_or(0, |head| head.size);
    if sealed == 0 && head.position > 0 {
        let message = "no event is under a tree head: nothing can be proved of this log";
        report.fault(Fault::new("no-head", message));
    }
    let shown = |head: &Head| Shown {
        size: head.size,
        epoch: head.tree.epoch,
        root: head.tree.root.to_string(),
        signed_at: head.tree.signed_at.to_rfc3339(),
        holds: walked.proved >= head.size && !walked.refuted.contains(&head.size),
    };
    let newest = heads.all.last().into_iter();
    let given = heads.all.iter().filter(|head| head.is_given && head.size != sealed);
    let outcome = outcome(&report);
    let document = Document {
        head: head.to_string(),
        events: walked.events,
        sealed,
        unsealed: u64::try_from(head.position.saturating_sub(sealed)).unwrap_or(0),
        heads: given.chain(newest).map(shown).collect(),
        keys: heads.keys.iter().map(ToString::to_string).collect(),
        keys_given: !wanted.keys.is_empty(),
        sound: report.faults == 0,
        fault_count: report.faults,
        faults: Vec::new(),
    };
    if is_json {
        // A reader who has seen enough still gets the exit status.
        drop(output::document(&Document { faults: report.listed(), ..document }));
    } else {
        tell(&document, heads.all.len(), &report);
    }
    Ok(outcome)
}

fn outcome(report: &Report) -> Outcome {
    if report.faults == 0 {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    }
}

fn tell(document: &Document, heads: usize, report: &Report) {
    if !document.keys_given {
        for key in &document.keys {
            report.say(&format!(
                "signed by a key that stands beside the log (compare it with one that you got elsewhere): {key}\n"
            ));
        }
    }
    for head in &document.heads {
        let verdict = if head.holds { "holds" } else { "does not hold" };
        report.say(&format!("tree head of {} events, signed at {}: {verdict}\n", head.size, head.signed_at));
    }
    let first = document.sealed + 1;
    match document.unsealed {
        0 => {}
        1 => report.say(&format!("1 event, at position {first}, is not yet under a tree head\n")),
        events => {
            let last = &document.head;
            report.say(&format!(
                "{events} events, from position {first} to {last}, are not yet under a tree head\n"
            ));
        }
    }
    let faults = verdict(document.fault_count);
    let heads = output::counted(u64::try_from(heads).unwrap_or(u64::MAX), "tree head");
    report.say(&format!("{} events, {heads}: {faults}\n", document.events));
}
