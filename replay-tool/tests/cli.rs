//! The program as its users meet it first. (That this is a test of the program also gets it built for the end-to-end
//! tests.)
#![cfg(test)]

use std::process::{Command, Output};

fn replay(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_souk-replay"));
    command.args(args).env_remove("DATABASE_URL").env_remove("SOUK_DATA_DIR").output().unwrap()
}

#[test]
fn help_names_every_command() {
    let output = replay(&["--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "events",
        "order",
        "stock",
        "verify",
        "--data-dir",
        "--database-url",
    ] {
        assert!(help.contains(part), "{part} is not in {help}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_makes_no_sense_is_refused_with_status_2() {
    for args in [
        &["events", "--stream", "parcel"][..],
        &["events", "--actor", "somebody"],
        &["order", "DEMO-1001", "--as-of", "lately"],
        &["verify", "--data-dir", "no-such-folder"],
        &["rewrite"],
    ] {
        let output = replay(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty());
    }
}

/// As at a terminal, by `script` of util-linux, which gives the program one.
#[cfg(target_os = "linux")]
fn at_a_terminal(folder: &std::path::Path, no_color: Option<&str>) -> String {
    let check = format!("'{}' check '{}'", env!("CARGO_BIN_EXE_souk-replay"), folder.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &check, "/dev/null"]);
    command.env("TERM", "xterm-256color").env_remove("CLICOLOR").env_remove("NO_COLOR");
    command.envs(no_color.map(|value| ("NO_COLOR", value)));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stdout).unwrap()
}

/// An export of nothing, in which a file lies that nobody knows.
#[test]
#[cfg(target_os = "linux")]
fn colours_are_for_terminals() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = r#"{"version":1,"format":"ndjson","position":"1.0","files":[]}"#;
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    std::fs::write(folder.path().join("stray.ndjson"), "").unwrap();
    let piped = replay(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(piped.status.code(), Some(1), "{}", String::from_utf8_lossy(&piped.stderr));
    let piped = String::from_utf8(piped.stdout).unwrap();
    assert!(piped.starts_with("fault: stray.ndjson") && !piped.contains('\u{1b}'), "{piped}");
    let coloured = at_a_terminal(folder.path(), None);
    assert!(coloured.contains("\u{1b}[31m") || coloured.contains("\u{1b}[1m"), "{coloured}");
    let plain = at_a_terminal(folder.path(), Some("1"));
    assert!(plain.contains("fault: stray.ndjson") && !plain.contains('\u{1b}'), "{plain}");
}
