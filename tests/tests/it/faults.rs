//! The fault suite in its short form: a few strikes of every fault, on two nodes, in less than a minute.

use std::process::Command;

/// The server itself, which is built with the tests of `api` (`cargo test --workspace`).
#[test]
fn the_server_keeps_its_promises_under_kills_stops_and_lost_answers() {
    short_form("souk");
}

/// The suite's own node: keys, claims and commands can be compared one by one.
#[test]
fn the_log_keeps_its_promises_under_kills_stops_and_lost_answers() {
    short_form("node");
}

fn short_form(target: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_souk-faults"))
        .args(["run", "--form", "short", "--target", target, "--folder"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // Journals and logs stay for whoever looks into it.
    let folder = if output.status.success() {
        None
    } else {
        Some(folder.keep())
    };
    assert!(output.status.success(), "{said}\n{}\n{folder:?}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("all faults"), "{said}");
}
