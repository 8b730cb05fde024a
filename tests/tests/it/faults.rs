//! The fault suite in its short form: a few strikes of every fault, in about half a minute.

use std::process::Command;

#[test]
fn no_promise_breaks_under_kills_stops_and_lost_answers() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_souk-faults"))
        .args(["run", "--form", "short", "--folder"])
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
