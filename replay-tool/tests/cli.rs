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
