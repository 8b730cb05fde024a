//! One event and its proof.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use event_store::{
    EventFilter,
    evidence::{Hash, RawEvent, check_inclusion, leaf_hash},
};
use serde::Deserialize;

use super::{
    super::report::{Fault, Report},
    heads::{self, Heads},
};
use crate::{
    Outcome,
    failure::{Code, failure},
    output,
    source::Source,
    tone::verdict,
};

/// What is needed of an answer of `GET /api/v1/audit/proofs/{position}`.
#[derive(Deserialize)]
struct Proof {
    position: i64,
    audit_path: Vec<String>,
    checkpoint: Checkpoint,
}

#[derive(Deserialize)]
struct Checkpoint {
    note: String,
}

/// Checks that the event at `position` is in the tree of the proof's head, and tells it.
pub(super) async fn check(
    source: &Source,
    position: i64,
    file: &Path,
    heads: &Heads,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let proof: Proof = serde_json::from_str(&heads::read(file)?)
        .map_err(|error| failure(Code::File, format!("{} is no proof: {error}", file.display())))?;
    let filter = EventFilter {
        after: position - 1,
        up_to: Some(position),
        ..EventFilter::default()
    };
    let event = source.read_stored(&filter, 1).await?.pop();
    let event =
        event.ok_or_else(|| failure(Code::NotFound, format!("there is no event at position {position}")))?;
    let Some(tree) = heads::signed(&proof.checkpoint.note, &heads.keys) else {
        let message = "the proof's tree head is not signed by a key that is believed";
        report.fault(Fault::new("head-unsigned", message));
        return tell(report, position, None);
    };
    let given = heads.all.iter().find(|head| head.is_given && head.tree.size == tree.size);
    if given.is_some_and(|given| given.tree.root != tree.root) {
        let message = "the proof's tree head is another one than the one that was given";
        report.fault(Fault::new("head-unsigned", message));
    }
    let leaf = leaf_hash(&RawEvent::of(&event), &mut Vec::new());
    let path: Option<Vec<Hash>> = proof
        .audit_path
        .iter()
        .map(|hash| Some(Hash(STANDARD.decode(hash).ok()?.try_into().ok()?)))
        .collect();
    let index = u64::try_from(position - 1).unwrap_or(u64::MAX);
    let is_proved = proof.position == position
        && path.is_some_and(|path| check_inclusion(&path, tree.size, tree.root, index, leaf));
    if !is_proved {
        let message =
            format!("event {position} is not what its proof leads to the tree head of {}", tree.size);
        report.fault(Fault::new("event-changed", message).at(position));
    }
    tell(report, position, Some((tree.size, leaf)))
}

fn tell(report: Report, position: i64, tree: Option<(u64, Hash)>) -> anyhow::Result<Outcome> {
    let is_sound = report.faults == 0;
    let outcome = super::outcome(&report);
    if let (true, Some((size, _))) = (is_sound, &tree) {
        let faults = verdict(0);
        report.say(&format!("event {position} is in the tree of {size} events that was signed: {faults}\n"));
    }
    if report.is_json() {
        let document = serde_json::json!({
            "position": position,
            "tree_size": tree.as_ref().map(|(size, _)| size),
            "leaf_hash": tree.as_ref().map(|(_, leaf)| leaf.to_string()),
            "sound": is_sound,
            "fault_count": report.faults,
            "faults": report.listed(),
        });
        drop(output::document(&document));
    }
    Ok(outcome)
}
