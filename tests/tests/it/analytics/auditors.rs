//! docs/auditors.md: every command of the page is run, and answers what the page says.

use std::process::Command;

use crate::process::program;

const GUIDE: &str = include_str!("../../../../docs/auditors.md");
/// The page tells its readers to take a copy.
const VERIFIER: &str = include_str!("../../../../docs/evidence/verify.py");

/// Stands for what is different every time: in a line for any text, alone on a line for any lines.
const ANYTHING: &str = "…";

/// Runs the page from top to bottom in one folder, on the database of the month.
pub(super) fn the_guide_is_true(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("verify.py"), VERIFIER).unwrap();
    let programs = program("souk-replay").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let steps = steps(GUIDE);
    assert!(steps.len() > 12, "{}", steps.len());
    for (command, expected) in steps {
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env("DATABASE_URL", url)
            .env_remove("SOUK_DATA_DIR")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = told.lines().map(str::trim_end).collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(are_like(&expected, &lines), "$ {command}\n{told}{errors}\nis not\n{}", expected.join("\n"));
    }
}

/// The commands of the page's blocks with the lines that follow each.
fn steps(page: &str) -> Vec<(String, Vec<&str>)> {
    let mut steps: Vec<(String, Vec<&str>)> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
                (None, Some((command, expected))) if expected.is_empty() && command.ends_with('\\') => {
                    command.truncate(command.len() - 1);
                    command.push_str(line.trim_start());
                }
                (None, Some((_, expected))) => expected.push(line.trim_end()),
                (None, None) => panic!("a block begins without a command: {line}"),
            }
        }
    }
    steps
}

fn are_like(expected: &[&str], told: &[&str]) -> bool {
    match (expected.split_first(), told.split_first()) {
        (None, None) => true,
        (Some((&ANYTHING, rest)), _) => (0..=told.len()).any(|left_out| are_like(rest, &told[left_out..])),
        (Some((line, rest)), Some((first, others))) => is_like(line, first) && are_like(rest, others),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn is_like(expected: &str, told: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = told.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

#[test]
fn what_is_left_out_is_all_that_may_differ() {
    assert!(is_like("a … c", "a b c") && is_like("a …", "a b c") && is_like("a", "a"));
    assert!(!is_like("a … d", "a b c") && !is_like("a", "a b") && !is_like("… b", "a b c"));
    assert!(are_like(&["a", "…", "d"], &["a", "b", "c", "d"]) && are_like(&["a", "…"], &["a"]));
    assert!(!are_like(&["a", "d"], &["a", "b", "c", "d"]) && !are_like(&["a"], &["a", "b"]));
    let page = "```console\n$ one \\\n    two\nthree\n$ four\n```\n";
    assert_eq!(steps(page), [("one two".to_owned(), vec!["three"]), ("four".to_owned(), vec![])]);
}
