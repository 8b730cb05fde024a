//! The judgement: the journal against the log, by plain SQL and folds that share no code with what is judged.

mod answers;
mod claims;
#[cfg(test)]
mod fixtures;
mod ledger;
mod log;
mod orders;
mod projections;
mod stock;

use crate::{load::History, target::Target};

pub(crate) use ledger::{Ledger, settle};

/// Everything that is not as promised, in words; at most a few of each kind.
pub(crate) fn judge(ledger: &Ledger, history: &History, target: Target) -> Vec<String> {
    let mut findings = Findings::default();
    log::judge(ledger, &mut findings);
    answers::judge(ledger, history, target, &mut findings);
    stock::judge(ledger, history, &mut findings);
    orders::judge(ledger, &mut findings);
    claims::judge(ledger, target, &mut findings);
    projections::judge(ledger, &mut findings);
    findings.into_lines()
}

/// Findings by kind: all are counted, a few are shown.
#[derive(Debug, Default)]
struct Findings(Vec<(&'static str, usize, Vec<String>)>);

impl Findings {
    const SHOWN: usize = 3;

    fn add(&mut self, kind: &'static str, detail: impl Into<String>) {
        if !self.0.iter().any(|(known, ..)| *known == kind) {
            self.0.push((kind, 0, Vec::new()));
        }
        for (known, count, details) in &mut self.0 {
            if *known == kind {
                *count += 1;
                if details.len() < Self::SHOWN {
                    details.push(detail.into());
                }
                return;
            }
        }
    }

    fn into_lines(self) -> Vec<String> {
        self.0
            .into_iter()
            .map(|(kind, count, details)| format!("{kind} ({count}): {}", details.join("; ")))
            .collect()
    }
}
