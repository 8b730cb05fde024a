//! The events between two tree heads: whether they are what the second one covers, and else which are not.

use event_store::evidence::{Hash, Tree};

use super::super::report::{Fault, Report};

/// Events after those of the tree that was proved before.
#[derive(Default)]
pub(super) struct Segment {
    /// As the log has them; `None` where an event is missing.
    events: Vec<Option<Hash>>,
    /// As they were sealed: of each the leaf, and the subtrees that it completed. Empty where that is not known.
    sealed: Vec<Vec<Hash>>,
}

impl Segment {
    pub(super) fn push(&mut self, event: Option<Hash>, sealed: Vec<Hash>) {
        self.events.push(event);
        self.sealed.push(sealed);
    }

    /// The tree with these events, where it has the root of the head; faults are told. `None` where nothing adds up to
    /// that root.
    pub(super) fn prove(&self, before: &Tree, root: Hash, report: &mut Report) -> Option<Tree> {
        let first = before.size() + 1;
        if let Some((tree, hashes)) = grown(before, self.events.iter().copied())
            && tree.root() == root
        {
            for ((hashes, sealed), position) in hashes.iter().zip(&self.sealed).zip(first..) {
                if !sealed.is_empty() && !hashes.starts_with(sealed) {
                    let message =
                        format!("event {position} is as it was sealed, but its stored hash was changed");
                    report.fault(fault("hash-changed", message, position));
                }
            }
            return Some(tree);
        }
        let leaves = self.sealed.iter().map(|sealed| sealed.first().copied());
        let (tree, _) = grown(before, leaves).filter(|(tree, _)| tree.root() == root)?;
        self.tell_changed(first, report);
        Some(tree)
    }

    /// The stored hashes are those that were signed: whatever differs from them was changed.
    fn tell_changed(&self, first: u64, report: &mut Report) {
        let mut missing: Option<(u64, u64)> = None;
        for ((event, sealed), position) in self.events.iter().zip(&self.sealed).zip(first..) {
            match event {
                None => {
                    let from = missing.map_or(position, |(from, _)| from);
                    missing = Some((from, position));
                    continue;
                }
                Some(event) if Some(event) != sealed.first() => {
                    let message = format!("event {position} was changed after it was sealed");
                    report.fault(fault("event-changed", message, position));
                }
                Some(_) => {}
            }
            tell_missing(missing.take(), report);
        }
        tell_missing(missing, report);
    }

    /// Nothing adds up to the head: which range it is, and what is seen in it.
    pub(super) fn tell_range(&self, before: &Tree, size: i64, report: &mut Report) {
        let first = before.size() + 1;
        let differs = |(event, sealed): (&Option<Hash>, &Vec<Hash>)| match event {
            None => true,
            Some(event) => sealed.first().is_some_and(|leaf| leaf != event),
        };
        let suspect = self.events.iter().zip(&self.sealed).position(differs);
        let suspect = suspect.and_then(|at| u64::try_from(at).ok()).map(|at| first + at);
        let mut message = format!(
            "the events from position {first} to {size} are not those that the tree head of {size} events covers"
        );
        if let Some(suspect) = suspect {
            message.push_str(&format!("; the first that differs from its stored hash is {suspect}"));
        }
        report.fault(fault("range-changed", message, suspect.unwrap_or(first)));
    }
}

fn tell_missing(missing: Option<(u64, u64)>, report: &mut Report) {
    let Some((from, to)) = missing else {
        return;
    };
    let message = if from == to {
        format!("event {from} was sealed, and is missing")
    } else {
        format!("the events from position {from} to {to} were sealed, and are missing")
    };
    report.fault(fault("event-missing", message, from));
}

fn fault(code: &'static str, message: String, position: u64) -> Fault {
    Fault::new(code, message).at(i64::try_from(position).unwrap_or(i64::MAX))
}

/// The tree with these leaves, and the hashes that each of them adds; `None` where one is missing.
fn grown(before: &Tree, leaves: impl Iterator<Item = Option<Hash>>) -> Option<(Tree, Vec<Vec<Hash>>)> {
    let mut tree = before.clone();
    let hashes = leaves.map(|leaf| tree.append(leaf?)).collect::<Option<Vec<_>>>()?;
    Some((tree, hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(number: u8) -> Hash {
        Hash([number; 32])
    }

    /// Five events after two that are proved, and the root over them.
    fn history() -> (Tree, Vec<Vec<Hash>>, Hash) {
        let mut tree = Tree::default();
        for number in 0..2 {
            tree.append(leaf(number)).unwrap();
        }
        let before = tree.clone();
        let sealed = (2..7).map(|number| tree.append(leaf(number)).unwrap()).collect();
        (before, sealed, tree.root())
    }

    fn faults(events: Vec<Option<Hash>>, sealed: Vec<Vec<Hash>>) -> (bool, Vec<String>) {
        let (before, _, root) = history();
        let mut report = Report::new(true);
        let segment = Segment { events, sealed };
        let is_proved = segment.prove(&before, root, &mut report).is_some();
        if !is_proved {
            segment.tell_range(&before, 7, &mut report);
        }
        let listed = serde_json::to_value(report.listed()).unwrap();
        let told =
            |fault: &serde_json::Value| format!("{} {}", fault["code"].as_str().unwrap(), fault["position"]);
        (is_proved, listed.as_array().unwrap().iter().map(told).collect())
    }

    #[test]
    fn what_was_changed_is_pinned_to_its_position() {
        let (_, sealed, _) = history();
        let events: Vec<Option<Hash>> = (2..7).map(|number| Some(leaf(number))).collect();
        assert_eq!(faults(events.clone(), sealed.clone()), (true, vec![]));
        let mut changed = events.clone();
        changed[1] = Some(leaf(99));
        changed[3] = None;
        changed[4] = None;
        let told = vec!["event-changed 4".to_owned(), "event-missing 6".to_owned()];
        assert_eq!(faults(changed.clone(), sealed.clone()), (true, told));
        // Without hashes, the range is known.
        assert_eq!(faults(changed.clone(), vec![Vec::new(); 5]), (false, vec!["range-changed 6".to_owned()]));
        // A stored hash that was changed is told from an event that was.
        let mut other = sealed.clone();
        other[2][0] = leaf(98);
        assert_eq!(faults(events.clone(), other.clone()), (true, vec!["hash-changed 5".to_owned()]));
        let mut inner = sealed;
        *inner[1].last_mut().unwrap() = leaf(97);
        assert_eq!(faults(events, inner), (true, vec!["hash-changed 4".to_owned()]));
        assert_eq!(faults(changed, other), (false, vec!["range-changed 4".to_owned()]));
    }
}
