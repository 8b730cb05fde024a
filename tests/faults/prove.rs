//! The suite proves itself: it must find every fault that is planted in the log, and nothing where none is planted.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{inject::Fault, plan, play, round::Round, target::Target};

/// A fault of the log's own, the strikes under which it must show, and as what.
struct Planted {
    name: &'static str,
    strikes: &'static [Fault],
    finding: &'static str,
}

const PLANTED: [Planted; 5] = [
    Planted {
        name: "answer-before-commit",
        strikes: &[Fault::CutBefore, Fault::KillNode, Fault::KillPostmaster],
        finding: "acknowledged, but not in the log",
    },
    Planted {
        name: "retry-without-looking",
        strikes: &[Fault::CutAfter, Fault::Late, Fault::Silence],
        finding: "in the log more than once",
    },
    Planted {
        name: "positions-outside-lock",
        strikes: &[Fault::KillBackend],
        finding: "positions have a gap",
    },
    Planted {
        name: "checkpoint-in-own-transaction",
        strikes: &[Fault::CutProjection, Fault::KillNode, Fault::KillBackend],
        finding: "a projection is not the fold",
    },
    Planted {
        name: "state-kept-after-failed-batch",
        strikes: &[Fault::KillBackend, Fault::CutBefore],
        finding: "a stream is not dense",
    },
];

pub(crate) async fn prove(seed: u64, folder: &Path) -> Result<()> {
    if !cfg!(feature = "planted-faults") {
        bail!("this program was built without the feature planted-faults: use script/faults prove");
    }
    let mut missed = Vec::new();
    let sound = play(&plan::rounds(plan::Form::Short, Target::Node, seed), folder).await?;
    sound.print();
    if !sound.findings().is_empty() {
        missed.push("something was found where nothing is planted".to_owned());
    }
    for planted in PLANTED {
        let found = play(&rounds(&planted, seed), folder).await?.findings();
        println!("\nplanted: {}", planted.name);
        for finding in &found {
            println!("  found {finding}");
        }
        if !found.iter().any(|finding| finding.contains(planted.finding)) {
            missed.push(format!("{} did not show as \"{}\"", planted.name, planted.finding));
        }
    }
    if missed.is_empty() {
        println!("\nall {} planted faults were found", PLANTED.len());
        return Ok(());
    }
    bail!("the suite does not prove itself: {}", missed.join("; "))
}

fn rounds(planted: &Planted, seed: u64) -> Vec<Round> {
    let mut rounds = plan::rounds(plan::Form::Short, Target::Node, seed);
    for round in &mut rounds {
        round.name = planted.name.to_owned();
        round.planted = Some(planted.name.to_owned());
        round.faults = planted.strikes.repeat(2);
    }
    rounds
}
