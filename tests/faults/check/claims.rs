//! The table `claims` against the events that took and released them.

use std::collections::{HashMap, HashSet};

use super::{Findings, Ledger};
use crate::target::Target;

/// The claim that every open order of the suite's own node holds.
const OPEN_ORDER: &str = "faults.open_order";

pub(super) fn judge(ledger: &Ledger, target: Target, findings: &mut Findings) {
    match target {
        Target::Node => open_orders(ledger, findings),
        Target::Souk => skus(ledger, findings),
    }
}

fn open_orders(ledger: &Ledger, findings: &mut Findings) {
    let mut open: HashSet<&str> = HashSet::new();
    for event in &ledger.events {
        match event.name.as_str() {
            "OrderPlaced" => drop(open.insert(&event.stream)),
            "OrderCancelled" => drop(open.remove(event.stream.as_str())),
            _ => {}
        }
    }
    let held: HashSet<&str> = ledger
        .claims
        .iter()
        .filter(|claim| claim.scope == OPEN_ORDER && claim.key == claim.holder)
        .map(|claim| claim.key.as_str())
        .collect();
    for id in open.symmetric_difference(&held) {
        findings.add("claims do not agree with the events", *id);
    }
}

/// Every product holds its code.
fn skus(ledger: &Ledger, findings: &mut Findings) {
    let holders: HashMap<&str, &str> =
        ledger.claims.iter().map(|claim| (claim.key.as_str(), claim.holder.as_str())).collect();
    for event in ledger.events.iter().filter(|event| event.name == "ProductRegistered") {
        if holders.get(event.text("sku")) != Some(&event.stream.as_str()) {
            findings.add("claims do not agree with the events", event.text("sku"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixtures::{Log, kinds};

    fn found(ledger: &Ledger) -> Vec<String> {
        let mut findings = Findings::default();
        judge(ledger, Target::Node, &mut findings);
        kinds(findings)
    }

    #[test]
    fn sound_claims_have_no_findings() {
        assert!(found(&Log::sound()).is_empty());
    }

    #[test]
    fn a_claim_that_was_lost_is_found() {
        let mut ledger = Log::sound();
        ledger.claims.clear();
        assert_eq!(found(&ledger), ["claims do not agree with the events"]);
    }

    #[test]
    fn a_claim_that_outlives_its_order_is_found() {
        let mut ledger = Log::sound();
        ledger.events.retain(|event| event.name != "OrderPlaced");
        assert_eq!(found(&ledger), ["claims do not agree with the events"]);
    }
}
