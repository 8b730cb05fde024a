//! The figures as a table and as `target/bench.json`.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;
use serde::Serialize;

/// One figure, with what the issue wants of it.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    name: &'static str,
    value: f64,
    /// At least this, or at most where it is a cost.
    wanted: f64,
    at_most: bool,
    reached: bool,
    /// The numbers that it was made of.
    of: String,
}

/// All figures of one run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    machine: String,
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn new() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .unwrap_or("")
            .trim_matches([' ', '\t', ':']);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        Self { machine: format!("{cores} cores, {model}"), figures: vec![] }
    }

    pub(crate) fn at_least(&mut self, name: &'static str, value: f64, wanted: f64, of: String) {
        self.push(Figure {
            name,
            value,
            wanted,
            at_most: false,
            reached: value >= wanted,
            of,
        });
    }

    pub(crate) fn at_most(&mut self, name: &'static str, value: f64, wanted: f64, of: String) {
        self.push(Figure {
            name,
            value,
            wanted,
            at_most: true,
            reached: value <= wanted,
            of,
        });
    }

    /// A figure that nothing is asked of.
    pub(crate) fn told(&mut self, name: &'static str, value: f64, of: String) {
        self.push(Figure { name, value, wanted: 0.0, at_most: false, reached: true, of });
    }

    fn push(&mut self, figure: Figure) {
        println!("{:28} {:8.2}   ({})", figure.name, figure.value, figure.of);
        self.figures.push(figure);
    }

    pub(crate) fn table(&self) -> String {
        let mut text =
            format!("{}\n\n{:28} {:>9} {:>10}  {}\n", self.machine, "figure", "value", "wanted", "of");
        for figure in &self.figures {
            let bound = if figure.at_most { "<=" } else { ">=" };
            let mark = if figure.reached { "" } else { "  MISSED" };
            let Figure { name, value, wanted, of, .. } = figure;
            let wanted = format!("{bound} {wanted}");
            let _ = writeln!(text, "{name:28} {value:>9.2} {wanted:>10}  {of}{mark}");
        }
        text
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)?)?)
    }
}

/// The middle value; 0 of nothing.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
