//! What an export says of itself.

use serde::{Deserialize, Serialize};

use super::plan::Plan;

/// The manifest's version; a reader refuses those that it does not know.
pub(super) const VERSION: u32 = 1;

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u32,
    /// `ndjson` or `parquet`.
    pub(super) format: String,
    /// Where the log ended, with its epoch.
    pub(super) position: String,
    pub(super) files: Vec<File>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// Below the folder.
    pub(super) file: String,
    /// `events`, or a table of the schema `read`.
    pub(super) table: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
    /// Up to which position of the log it goes.
    pub(super) position: i64,
    /// Of the tables behind it: raised when a rebuild takes their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<i32>,
    /// In the order of the columns.
    pub(super) columns: Vec<Described>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Described {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// The first line of what is noted while an export goes on; the others are its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) version: u32,
    pub(super) format: String,
    pub(super) epoch: i32,
}

impl Manifest {
    pub(super) fn new(plan: &Plan, files: Vec<File>) -> Self {
        Self {
            version: VERSION,
            format: plan.format.name().to_owned(),
            position: plan.position().to_string(),
            files,
        }
    }
}
