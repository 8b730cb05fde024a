//! What `verify` finds: a line each, or a part of one document.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{output::say, tone};

/// So many faults are listed in a document; all are counted.
const LISTED: usize = 10_000;

/// One fault.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    /// What kind of fault; documented in docs/replay.md.
    code: &'static str,
    message: String,
    /// Of the event that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

/// Where in a projection.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Place {
    pub(super) projection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<String>,
    /// The primary key, by column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<String>,
    /// As PostgreSQL writes it; absent for null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stored: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replayed: Option<String>,
    /// The newest events of the streams that the key names, where it names any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) streams: Vec<Stream>,
}

/// A stream and its newest event.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Stream {
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) position: i64,
}

impl Fault {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None, place: None }
    }

    pub(super) fn at(mut self, position: i64) -> Self {
        self.position = Some(position);
        self
    }

    pub(super) fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// Everything that was found.
pub(super) struct Report {
    pub(super) faults: u64,
    /// Kept for the document; without one they are printed as they are found.
    listed: Option<Vec<Fault>>,
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self { faults: 0, listed: is_json.then(Vec::new) }
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults(fault, 1);
    }

    /// One line that stands for several faults.
    pub(super) fn faults(&mut self, fault: Fault, number: u64) {
        self.faults += number;
        match &mut self.listed {
            Some(listed) if listed.len() < LISTED => listed.push(fault),
            Some(_) => {}
            None => say(&format!("{} {}\n", tone::fault(), fault.message)),
        }
    }

    /// What is no fault, for people alone.
    pub(super) fn say(&self, text: &str) {
        if self.listed.is_none() {
            say(text);
        }
    }

    pub(super) const fn is_json(&self) -> bool {
        self.listed.is_some()
    }

    pub(super) fn listed(self) -> Vec<Fault> {
        self.listed.unwrap_or_default()
    }
}
