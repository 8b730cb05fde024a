//! The table of a run.

use std::time::Duration;

use crate::round::{Round, Tally};

const HEAD: [&str; 9] = [
    "fault",
    "nodes",
    "struck",
    "in flight",
    "requests",
    "acknowledged",
    "refused",
    "unknown, resolved",
    "standstill",
];

/// Rounds of one fault and number of nodes, added up.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(String, usize, Tally)>,
}

impl Report {
    /// Adds a round.
    pub(crate) fn add(&mut self, round: &Round, tally: Tally) {
        let same =
            |(name, nodes, _): &&mut (String, usize, Tally)| *name == round.name && *nodes == round.nodes;
        match self.rows.iter_mut().find(same) {
            Some((_, _, sum)) => sum.add(tally),
            None => self.rows.push((round.name.clone(), round.nodes, tally)),
        }
    }

    /// All findings, each with where it was seen.
    pub(crate) fn findings(&self) -> Vec<String> {
        let lines = |(name, nodes, tally): &(String, usize, Tally)| {
            let at = format!("{name}, {nodes} nodes");
            tally.findings.iter().map(move |finding| format!("{at}: {finding}")).collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(lines).collect()
    }

    /// The table.
    pub(crate) fn print(&self) {
        let mut total = Tally { least_in_flight: usize::MAX, ..Tally::default() };
        let mut table: Vec<Vec<String>> = vec![HEAD.iter().map(|cell| (*cell).to_owned()).collect()];
        table[0].push("findings".to_owned());
        for (name, nodes, tally) in &self.rows {
            table.push(cells(name.clone(), nodes.to_string(), tally));
            total.add(tally.clone());
        }
        table.push(cells("total".to_owned(), String::new(), &total));
        for line in render(&table) {
            println!("{line}");
        }
        println!("{} events judged", total.events);
        for finding in self.findings() {
            println!("FOUND {finding}");
        }
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.faults += other.faults;
        self.least_in_flight = self.least_in_flight.min(other.least_in_flight);
        self.requests += other.requests;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unknown_then_resolved += other.unknown_then_resolved;
        self.longest_standstill = self.longest_standstill.max(other.longest_standstill);
        self.events += other.events;
        self.findings.extend(other.findings);
    }
}

fn cells(name: String, nodes: String, tally: &Tally) -> Vec<String> {
    vec![
        name,
        nodes,
        tally.faults.to_string(),
        tally.least_in_flight.to_string(),
        tally.requests.to_string(),
        tally.acknowledged.to_string(),
        tally.refused.to_string(),
        tally.unknown_then_resolved.to_string(),
        seconds(tally.longest_standstill),
        tally.findings.len().to_string(),
    ]
}

fn seconds(time: Duration) -> String {
    format!("{}.{:02} s", time.as_secs(), time.subsec_millis() / 10)
}

/// A Markdown table with even columns.
fn render(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}", cells.collect::<String>())
    };
    let rule: String = widths.iter().map(|width| format!("-{}-|", "-".repeat(*width))).collect();
    let mut lines: Vec<String> = table.iter().map(line).collect();
    lines.insert(1.min(lines.len()), format!("|{rule}"));
    lines
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn a_table_has_even_columns() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let lines = render(&[row(["fault", "n"]), row(["kill", "12"])]);
        assert_eq!(lines, ["| fault | n  |", "|-------|----|", "| kill  | 12 |"]);
    }
}
