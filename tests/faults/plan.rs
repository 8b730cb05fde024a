//! Which rounds a run is made of.

use crate::{inject::Fault, random::Random, round::Round, target::Target};

/// Strikes of one round at most: a fresh database afterwards keeps streams and judgement short.
const STRIKES_PER_ROUND: usize = 15;
const CLIENTS: usize = 64;

/// How much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// About a minute: every fault at least once, two nodes; what `script/test` runs.
    Short,
    /// Every fault at least ten times (kills at least 25 times), each on one node and on two.
    Long,
}

/// The rounds of a form.
pub(crate) fn rounds(form: Form, target: Target, seed: u64) -> Vec<Round> {
    let mut random = Random::new(seed);
    let mut numbers = 1..;
    let mut round = |name: &str, nodes: usize, faults: Vec<Fault>, io_timeout_ms: u64| Round {
        name: name.to_owned(),
        number: numbers.next().unwrap_or_default(),
        target,
        nodes,
        faults,
        clients: CLIENTS,
        seed: random.next(),
        io_timeout_ms,
        planted: None,
    };
    match form {
        Form::Short => {
            let twice = |fault: &Fault| {
                let times = if matches!(fault, Fault::StopHolder | Fault::Silence | Fault::Outage) {
                    1
                } else {
                    2
                };
                std::iter::repeat_n(*fault, times)
            };
            vec![round(
                "all faults",
                2,
                Fault::ALL.iter().flat_map(twice).collect(),
                1_500,
            )]
        }
        Form::Long => {
            let mut rounds = Vec::new();
            for fault in Fault::ALL {
                for nodes in [1, 2] {
                    let mut left = strikes(fault);
                    while left > 0 {
                        let now = left.min(STRIKES_PER_ROUND);
                        rounds.push(round(fault.name(), nodes, vec![fault; now], 5_000));
                        left -= now;
                    }
                }
            }
            rounds
        }
    }
}

const fn strikes(fault: Fault) -> usize {
    match fault {
        Fault::KillNode | Fault::KillPostmaster | Fault::KillBackend => 25,
        Fault::StopHolder
        | Fault::CutBefore
        | Fault::CutWith
        | Fault::CutAfter
        | Fault::Silence
        | Fault::Late
        | Fault::CutProjection => 10,
        Fault::Outage => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_form_strikes_often_enough() {
        let rounds = rounds(Form::Long, Target::Node, 1);
        for nodes in [1, 2] {
            let faults: Vec<Fault> =
                rounds.iter().filter(|r| r.nodes == nodes).flat_map(|r| r.faults.clone()).collect();
            let kills =
                [Fault::KillNode, Fault::KillPostmaster, Fault::KillBackend].map(|kill| count(&faults, kill));
            assert!(kills.iter().sum::<usize>() >= 50);
            let often_enough =
                |fault: &Fault| count(&faults, *fault) >= if *fault == Fault::Outage { 5 } else { 10 };
            assert!(Fault::ALL.iter().all(often_enough));
        }
    }

    #[test]
    fn the_short_form_leaves_no_fault_out() {
        let rounds = rounds(Form::Short, Target::Node, 1);
        assert!(Fault::ALL.iter().all(|fault| rounds.iter().any(|round| round.faults.contains(fault))));
    }

    fn count(faults: &[Fault], wanted: Fault) -> usize {
        faults.iter().filter(|fault| **fault == wanted).count()
    }
}
