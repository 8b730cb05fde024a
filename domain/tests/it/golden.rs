//! Stored events of every name and version, which this and every later release must read. The files are append-only:
//! a changed shape is a new version with a new file, never an edit.

use std::{collections::BTreeSet, fs};

use domain::fixtures::must;
use serde_json::Value;

use crate::aggregates::{all, path, read};

fn file(name: &str, version: u16) -> String {
    format!("{name}.v{version}.json")
}

#[test]
fn every_stored_event_is_read_and_written_back_the_same() {
    for aggregate in all() {
        // A retired version only has to be read; lifted, it is another text.
        for (name, version) in aggregate.catalogue {
            let stored = read(&format!("tests/golden/{}", file(name, *version)));
            let (newest, rewritten) = (aggregate.rewrite)(name, *version, &stored);
            if newest == *version {
                let stored: Value = must(serde_json::from_str(&stored));
                assert_eq!(rewritten, stored, "{name} version {version}");
            }
        }
    }
}

#[test]
fn there_is_a_file_for_every_event_and_no_other() {
    let wanted: BTreeSet<String> = all()
        .iter()
        .flat_map(|aggregate| aggregate.catalogue)
        .map(|(name, version)| file(name, *version))
        .collect();
    let present: BTreeSet<String> = must(fs::read_dir(path("tests/golden")))
        .map(|entry| must(entry).file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(present, wanted);
}
