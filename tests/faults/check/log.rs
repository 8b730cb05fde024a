//! The shape of the log: gapless, dense, in the order of time, every unit whole.

use std::collections::{HashMap, HashSet};

use super::{Findings, Ledger};

pub(super) fn judge(ledger: &Ledger, findings: &mut Findings) {
    let mut expected = 1;
    let mut latest = None;
    let mut streams: HashMap<(&str, &str), i64> = HashMap::new();
    let mut ids = HashSet::new();
    let mut units: HashMap<&str, i64> = HashMap::new();
    for event in &ledger.events {
        let position = event.position;
        if position != expected {
            findings.add("positions have a gap", format!("{position} follows {}", expected - 1));
        }
        expected = position + 1;
        if latest.is_some_and(|latest| event.recorded_at < latest) {
            findings.add("recorded_at goes back", format!("at position {position}"));
        }
        latest = Some(event.recorded_at);
        let last = streams.entry((&event.kind, &event.stream)).or_insert(0);
        if event.sequence != *last + 1 {
            let detail = format!(
                "{} {}: {} follows {last}, at position {position}",
                event.kind, event.stream, event.sequence
            );
            findings.add("a stream is not dense", detail);
        }
        *last = event.sequence;
        if !ids.insert(&event.event_id) {
            findings.add("an event id is used twice", format!("at position {position}"));
        }
        if units.insert(&event.command_id, position).is_some_and(|before| before + 1 != position) {
            findings.add("a unit is not in one piece", format!("at position {position}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixtures::{Log, kinds};

    fn found(ledger: &Ledger) -> Vec<String> {
        let mut findings = Findings::default();
        judge(ledger, &mut findings);
        kinds(findings)
    }

    #[test]
    fn a_sound_log_has_no_findings() {
        assert!(found(&Log::sound()).is_empty());
    }

    #[test]
    fn a_missing_position_is_found() {
        let mut ledger = Log::sound();
        ledger.events.iter_mut().skip(2).for_each(|event| event.position += 1);
        assert_eq!(found(&ledger), ["positions have a gap", "a unit is not in one piece"]);
    }

    #[test]
    fn a_hole_in_a_stream_is_found() {
        let mut ledger = Log::sound();
        ledger.events.last_mut().unwrap().sequence += 1;
        assert_eq!(found(&ledger), ["a stream is not dense"]);
    }

    #[test]
    fn time_that_goes_back_is_found() {
        let mut ledger = Log::sound();
        ledger.events.last_mut().unwrap().recorded_at -= chrono::TimeDelta::microseconds(1);
        assert_eq!(found(&ledger), ["recorded_at goes back"]);
    }

    #[test]
    fn a_torn_unit_and_a_repeated_event_are_found() {
        let mut ledger = Log::sound();
        let first = ledger.events[0].clone();
        let last = ledger.events.last_mut().unwrap();
        last.command_id = first.command_id;
        last.event_id = first.event_id;
        assert_eq!(found(&ledger), ["an event id is used twice", "a unit is not in one piece"]);
    }
}
