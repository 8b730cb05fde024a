//! A state as a flat list of paths and values, read off its `{:#?}`: what a person wants to compare. Names are those of
//! the code, and change with it.

use std::collections::BTreeMap;

const OPENING: [char; 3] = ['{', '(', '['];
const CLOSING: [char; 3] = ['}', ')', ']'];

/// What stands at each path, such as `Placed.lines[0].quantity`.
pub(crate) fn of(text: &str) -> BTreeMap<String, String> {
    let mut leaves = Leaves::default();
    for line in text.lines() {
        leaves.add(line.trim().trim_end_matches(','));
    }
    leaves.found
}

#[derive(Default)]
struct Leaves {
    found: BTreeMap<String, String>,
    open: Vec<Open>,
}

/// A bracket that is open.
struct Open {
    path: String,
    /// A type around a value: the value has the path of the whole.
    is_round: bool,
    /// How many nameless elements there were.
    elements: usize,
}

impl Leaves {
    fn add(&mut self, line: &str) {
        if !line.starts_with(CLOSING) {
            let (name, value) = named(line);
            self.put(name, value);
            return;
        }
        let closed = self.open.pop();
        // What was closed may have been the key of a map, of several lines: its value follows.
        if let (Some(Open { path, .. }), Some((_, value))) = (closed, line.split_once(": ")) {
            let key = self.take(&path);
            self.put(Some(&key), value);
        }
    }

    /// The values at and below a path, which do not count as values any more.
    fn take(&mut self, path: &str) -> String {
        let is_below = |leaf: &String| {
            leaf.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let below: Vec<String> = self.found.keys().filter(|leaf| is_below(leaf)).cloned().collect();
        let values: Vec<String> = below.iter().filter_map(|leaf| self.found.remove(leaf)).collect();
        if let Some(open) = self.open.last_mut() {
            open.elements = open.elements.saturating_sub(1);
        }
        values.join(" ")
    }

    fn put(&mut self, name: Option<&str>, value: &str) {
        let kind = value.trim_end_matches(OPENING).trim();
        let path = match (name, self.open.last_mut()) {
            (Some(name), Some(open)) => format!("{}.{name}", open.path),
            (Some(name), None) => name.to_owned(),
            (None, Some(open)) => {
                open.elements += 1;
                match open.elements - 1 {
                    0 if open.is_round => open.path.clone(),
                    index => format!("{}[{index}]", open.path),
                }
            }
            // The outermost names the variant that the state is in.
            (None, None) => kind.to_owned(),
        };
        if value.ends_with(OPENING) {
            self.open.push(Open { path, is_round: value.ends_with('('), elements: 0 });
        } else {
            self.found.insert(path, value.to_owned());
        }
    }
}

/// A field or the key of a map, and what stands there; the text of a value may look like both.
fn named(line: &str) -> (Option<&str>, &str) {
    match line.split_once(": ") {
        Some((name, value)) if !name.starts_with('"') => (Some(name), value),
        Some((name, value)) if name.len() > 1 && name.ends_with('"') && !name.ends_with("\\\"") => {
            (Some(name.trim_matches('"')), value)
        }
        _ => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[expect(dead_code, reason = "only shown")]
    enum State {
        Absent,
        Placed {
            ids: BTreeMap<Id, Option<u8>>,
            lines: Vec<Line>,
            note: Option<&'static str>,
            levels: BTreeMap<&'static str, u8>,
        },
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "only shown")]
    struct Line {
        sku: &'static str,
        quantity: u8,
    }

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Id(u8);

    #[test]
    fn every_value_has_a_path_of_its_own() {
        let state = State::Placed {
            lines: vec![
                Line { sku: "TEA", quantity: 2 },
                Line { sku: "a: {", quantity: 3 },
            ],
            note: Some("to: the door"),
            levels: BTreeMap::from([("BGW", 4)]),
            ids: BTreeMap::from([(Id(7), Some(1)), (Id(8), None)]),
        };
        let leaves = of(&format!("{state:#?}"));
        let expected = [
            ("Placed.ids.7", "1"),
            ("Placed.ids.8", "None"),
            ("Placed.levels.BGW", "4"),
            ("Placed.lines[0].quantity", "2"),
            ("Placed.lines[0].sku", "\"TEA\""),
            ("Placed.lines[1].quantity", "3"),
            ("Placed.lines[1].sku", "\"a: {\""),
            ("Placed.note", "\"to: the door\""),
        ];
        let found: Vec<(&str, &str)> =
            leaves.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        assert_eq!(found, expected);
        assert_eq!(
            of(&format!("{:#?}", State::Absent)),
            BTreeMap::from([("Absent".to_owned(), "Absent".to_owned())])
        );
    }
}
