//! The journal against the log: what was acknowledged is there exactly once, what was refused is not, and every answer
//! was true.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Findings, Ledger, ledger::Event};
use crate::{
    load::{Command, History, Known, Outcome},
    target::{Target, tag},
};

pub(super) fn judge(ledger: &Ledger, history: &History, target: Target, findings: &mut Findings) {
    let marks = Marks::of(ledger);
    for (id, known) in &history.commands {
        told_the_truth(*id, known, findings);
        let found = marks.of_command(*id, known);
        match (known.accepted(), known.is_refused()) {
            (Some((_, position)), _) => match found.as_slice() {
                [] => findings.add("acknowledged, but not in the log", format!("{id} at {position}")),
                [event] if marks.ends.get(event.command_id.as_str()) != Some(&position) => {
                    findings.add("acknowledged at another position", format!("{id} at {position}"));
                }
                [_] => {}
                many => {
                    findings.add("in the log more than once", format!("{id}: {} times", many.len()));
                }
            },
            (None, true) if !found.is_empty() => {
                findings.add("refused, but in the log", format!("{id} at {}", found[0].position));
            }
            (None, true) => {}
            (None, false) => findings.add("never became certain", id.to_string()),
        }
    }
    only_what_was_asked(ledger, history, findings);
    match target {
        Target::Node => remembered(ledger, history, findings),
        Target::Souk => remembered_positions(ledger, history, findings),
    }
}

/// Where the events are that commands leave behind.
struct Marks<'a> {
    /// Placed orders by id.
    orders: HashMap<&'a str, Vec<&'a Event>>,
    /// Adjustments and cancellations by their reason.
    reasons: HashMap<&'a str, Vec<&'a Event>>,
    /// The last position of each unit.
    ends: HashMap<&'a str, i64>,
}

impl<'a> Marks<'a> {
    fn of(ledger: &'a Ledger) -> Self {
        let (mut orders, mut reasons, mut ends) = (HashMap::new(), HashMap::new(), HashMap::new());
        for event in &ledger.events {
            ends.insert(event.command_id.as_str(), event.position);
            match event.name.as_str() {
                "OrderPlaced" => orders.entry(event.stream.as_str()).or_insert_with(Vec::new).push(event),
                "StockAdjusted" | "OrderCancelled" => {
                    reasons.entry(event.text("reason")).or_insert_with(Vec::new).push(event);
                }
                _ => {}
            }
        }
        Self { orders, reasons, ends }
    }

    fn of_command(&self, id: Uuid, known: &Known) -> Vec<&'a Event> {
        let found = match &known.command {
            Command::Place { .. } => {
                known.accepted().and_then(|(order, _)| self.orders.get(order?.to_string().as_str()))
            }
            Command::Adjust { .. } | Command::Cancel { .. } => self.reasons.get(tag(id).as_str()),
        };
        found.cloned().unwrap_or_default()
    }
}

/// One command's answers must agree with each other.
fn told_the_truth(id: Uuid, known: &Known, findings: &mut Findings) {
    let mut answers = HashSet::new();
    let mut firsts = 0;
    for (index, attempt) in known.attempts.iter().enumerate() {
        match &attempt.outcome {
            Outcome::Accepted { order, epoch, position, replayed } => {
                answers.insert((*order, *epoch, *position));
                firsts += usize::from(!replayed);
                if *replayed && nothing_should_have_happened(known, index) {
                    findings.add("answered that nothing had happened, but it had", id.to_string());
                }
            }
            Outcome::Wrong { what } => findings.add("a wrong answer", format!("{id}: {what}")),
            Outcome::Refused { .. } | Outcome::NotDone { .. } | Outcome::Unknown { .. } => {}
        }
    }
    if answers.len() > 1 {
        findings.add("acknowledged with different answers", id.to_string());
    }
    if firsts > 1 {
        findings.add("acknowledged as new more than once", id.to_string());
    }
}

/// Whether the attempt at `index` was alone, and every one before it was told that nothing had happened.
fn nothing_should_have_happened(known: &Known, index: usize) -> bool {
    let (before, others) = known.attempts.split_at(index);
    let Some((attempt, after)) = others.split_first() else {
        return false;
    };
    let ended = |attempts: u32| usize::try_from(attempts).unwrap_or(0);
    index > 0
        && ended(attempt.number) == index
        && ended(attempt.after) == index
        && before.iter().all(|earlier| matches!(earlier.outcome, Outcome::NotDone { .. }))
        && after.iter().all(|later| ended(later.after) > index)
}

/// Every order in the log is the answer to some command, every adjustment and cancellation belongs to one.
fn only_what_was_asked(ledger: &Ledger, history: &History, findings: &mut Findings) {
    let orders: HashSet<String> = history
        .commands
        .values()
        .filter_map(|known| known.accepted().and_then(|(order, _)| order))
        .map(|order| order.to_string())
        .collect();
    let tags: HashSet<String> = history.commands.keys().map(|id| tag(*id)).collect();
    for event in &ledger.events {
        let is_known = match event.name.as_str() {
            "OrderPlaced" => orders.contains(&event.stream),
            "StockAdjusted" | "OrderCancelled" => tags.contains(event.text("reason")),
            _ => true,
        };
        if !is_known {
            findings.add("in the log, but nobody was told", format!("{} at {}", event.name, event.position));
        }
    }
}

/// The table `commands` holds the acknowledged ones, with the positions that were answered, and no others.
fn remembered(ledger: &Ledger, history: &History, findings: &mut Findings) {
    let rows: HashMap<Uuid, i64> = ledger.commands.iter().map(|row| (row.id, row.position)).collect();
    for (id, known) in &history.commands {
        match (known.accepted(), rows.get(id)) {
            (Some((_, position)), Some(row)) if position != *row => {
                findings.add("remembered at another position", format!("{id}: {row} for {position}"));
            }
            (Some(_), None) => findings.add("acknowledged, but not remembered", id.to_string()),
            (None, Some(_)) => findings.add("remembered, but not acknowledged", id.to_string()),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    for id in rows.keys().filter(|id| !history.commands.contains_key(id)) {
        findings.add("remembered, but never asked", id.to_string());
    }
}

/// The same where the table holds hashes of the keys: each acknowledged position once, and no others.
fn remembered_positions(ledger: &Ledger, history: &History, findings: &mut Findings) {
    let mut answered: Vec<i64> = history
        .commands
        .values()
        .filter_map(|known| known.accepted().map(|(_, position)| position))
        .collect();
    let mut rows: Vec<i64> = ledger.commands.iter().map(|row| row.position).collect();
    answered.sort_unstable();
    rows.sort_unstable();
    if answered != rows {
        let detail = format!("{} rows for {} acknowledgements", rows.len(), answered.len());
        findings.add("what is remembered is not what was acknowledged", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixtures::{Log, accepted, answered, kinds};

    fn found(ledger: &Ledger, history: &History) -> Vec<String> {
        let mut findings = Findings::default();
        judge(ledger, history, Target::Node, &mut findings);
        kinds(findings)
    }

    #[test]
    fn true_answers_have_no_findings() {
        assert!(found(&Log::sound(), &Log::history()).is_empty());
    }

    #[test]
    fn a_lost_acknowledgement_is_found() {
        let mut ledger = Log::sound();
        ledger.events.retain(|event| event.name != "StockAdjusted");
        ledger.commands.retain(|row| row.id != Log::ADJUST);
        assert_eq!(
            found(&ledger, &Log::history()),
            [
                "acknowledged, but not in the log",
                "acknowledged, but not remembered"
            ]
        );
    }

    #[test]
    fn a_command_that_is_not_remembered_is_found_by_its_position_too() {
        let mut ledger = Log::sound();
        let mut findings = Findings::default();
        judge(&ledger, &Log::history(), Target::Souk, &mut findings);
        ledger.commands.pop();
        judge(&ledger, &Log::history(), Target::Souk, &mut findings);
        assert_eq!(kinds(findings), ["what is remembered is not what was acknowledged"]);
    }

    #[test]
    fn a_doubled_command_is_found() {
        let mut ledger = Log::sound();
        let adjusted = ledger.events.iter().find(|event| event.name == "StockAdjusted").unwrap().clone();
        ledger.events.push(Event { command_id: "another".to_owned(), ..adjusted });
        assert_eq!(found(&ledger, &Log::history()), ["in the log more than once"]);
    }

    #[test]
    fn an_order_that_nobody_was_told_of_is_found() {
        let mut ledger = Log::sound();
        let placed = ledger.events.iter().find(|event| event.name == "OrderPlaced").unwrap().clone();
        let stream = Uuid::from_u128(99).to_string();
        ledger.events.push(Event { stream, command_id: "another".to_owned(), ..placed });
        assert_eq!(found(&ledger, &Log::history()), ["in the log, but nobody was told"]);
    }

    #[test]
    fn a_refused_command_in_the_log_is_found() {
        let mut history = Log::history();
        let known = history.commands.get_mut(&Log::ADJUST).unwrap();
        known.attempts[0].outcome = Outcome::Refused { code: "no".to_owned() };
        assert_eq!(
            found(&Log::sound(), &history),
            ["refused, but in the log", "remembered, but not acknowledged"]
        );
    }

    #[test]
    fn answers_that_contradict_each_other_are_found() {
        let mut history = Log::history();
        history.add(answered(Log::ADJUST, 1, 1, accepted(None, 4, false)));
        let kinds = found(&Log::sound(), &history);
        assert!(kinds.contains(&"acknowledged with different answers".to_owned()), "{kinds:?}");
        assert!(kinds.contains(&"acknowledged as new more than once".to_owned()), "{kinds:?}");
    }

    #[test]
    fn a_false_nothing_happened_is_found() {
        let mut history = Log::history();
        let known = history.commands.get_mut(&Log::ADJUST).unwrap();
        known.attempts[0].outcome = Outcome::NotDone { code: "unavailable".to_owned() };
        history.add(answered(Log::ADJUST, 1, 1, accepted(None, 1, true)));
        assert_eq!(found(&Log::sound(), &history), ["answered that nothing had happened, but it had"]);
    }

    #[test]
    fn a_repeat_that_overtook_another_is_no_fault() {
        let mut history = Log::history();
        let known = history.commands.get_mut(&Log::ADJUST).unwrap();
        known.attempts[0].outcome = Outcome::NotDone { code: "unavailable".to_owned() };
        history.add(answered(Log::ADJUST, 1, 1, accepted(None, 1, true)));
        history.add(answered(Log::ADJUST, 2, 1, accepted(None, 1, false)));
        assert!(found(&Log::sound(), &history).is_empty());
    }

    #[test]
    fn a_command_without_a_certain_answer_is_found() {
        let mut history = Log::history();
        history.commands.get_mut(&Log::REFUSED).unwrap().attempts.clear();
        assert_eq!(found(&Log::sound(), &history), ["never became certain"]);
    }
}
