//! README.md says for each requirement of ASVS 5.0 at level 2 what holds it. This keeps the table true: no requirement is
//! missing or named twice, every test that it names exists, and every check of this suite stands beside its requirement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::support::faults::Faults;

const TABLE: &str = include_str!("README.md");

/// The requirements of levels 1 and 2 of ASVS 5.0.0: section and numbers.
const REQUIREMENTS: &str = "1.1 1 2; 1.2 1 2 3 4 5 6 7 8 9; 1.3 1 2 3 4 5 6 7 8 9 10 11; 1.4 1 2 3; 1.5 1 2; \
    2.1 1 2 3; 2.2 1 2 3; 2.3 1 2 3 4; 2.4 1; 3.2 1 2; 3.3 1 2 3 4; 3.4 1 2 3 4 5 6; 3.5 1 2 3 4 5; 3.7 1 2; \
    4.1 1 2 3; 4.2 1; 4.3 1 2; 4.4 1 2 3 4; 5.1 1; 5.2 1 2 3; 5.3 1 2; 5.4 1 2 3; 6.1 1 2 3; \
    6.2 1 2 3 4 5 6 7 8 9 10 11 12; 6.3 1 2 3 4; 6.4 1 2 3 4; 6.5 1 2 3 4 5; 6.6 1 2 3; 6.8 1 2 3 4; 7.1 1 2 3; \
    7.2 1 2 3 4; 7.3 1 2; 7.4 1 2 3 4 5; 7.5 1 2; 7.6 1 2; 8.1 1 2; 8.2 1 2 3; 8.3 1; 8.4 1; 9.1 1 2 3; \
    9.2 1 2 3 4; 11.1 1 2; 11.2 1 2 3; 11.3 1 2 3; 11.4 1 2 3 4; 11.5 1; 11.6 1; 12.1 1 2 3; 12.2 1 2; \
    12.3 1 2 3 4; 13.1 1; 13.2 1 2 3 4 5; 13.3 1 2; 13.4 1 2 3 4 5; 14.1 1 2; 14.2 1 2 3 4; 14.3 1 2 3; 15.1 1 2 3; \
    15.2 1 2 3; 15.3 1 2 3 4 5 6 7; 16.1 1; 16.2 1 2 3 4 5; 16.3 1 2 3 4; 16.4 1 2 3; 16.5 1 2 3";

/// Of level 3, and held all the same.
const BEYOND: &[&str] = &["1.2.10"];

fn required() -> BTreeSet<String> {
    let sections = REQUIREMENTS.split(';').map(str::trim);
    let all = sections.flat_map(|section| {
        let (section, numbers) = section.split_once(' ').expect("a section and its numbers");
        numbers.split(' ').map(move |number| format!("{section}.{number}"))
    });
    all.chain(BEYOND.iter().map(|id| (*id).to_owned())).collect()
}

/// The lines of the table: a requirement, and what holds it.
fn rows() -> Vec<(String, String)> {
    let cells =
        TABLE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let is_id =
        |id: &str| id.split('.').count() == 3 && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    cells.filter(|(id, _)| is_id(id)).map(|(id, held)| (id.to_owned(), held.to_owned())).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// Every test of the workspace, by name, with the files that have one of it.
fn tests() -> BTreeMap<String, Vec<String>> {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut folders: Vec<PathBuf> =
        ["tests", "api", "commands", "projections", "domain"].iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                let name = path.strip_prefix(root()).expect("of the repository").display().to_string();
                for test in in_file(&text) {
                    tests.entry(test).or_default().push(name.clone());
                }
            }
        }
    }
    tests
}

/// The tests of a file: functions whose attribute says so.
fn in_file(text: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]")
            || line.starts_with("#[tokio::test")
            || line.starts_with("#[actix_web::test")
        {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            tests.extend(rest.split(['(', '<']).next().map(str::to_owned));
            is_test = false;
        }
    }
    tests
}

/// What stands in backticks.
fn quoted(held: &str) -> Vec<&str> {
    held.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_requirement_is_in_the_table_once() {
    let mut faults = Faults::default();
    let rows = rows();
    let named: BTreeSet<String> = rows.iter().map(|(id, _)| id.clone()).collect();
    faults.unless(named.len() == rows.len(), || "a requirement is named twice".to_owned());
    let required = required();
    faults.extend(required.difference(&named).map(|id| format!("{id} is missing")));
    faults.extend(named.difference(&required).map(|id| format!("{id} is no requirement of level 2")));
    for (id, held) in &rows {
        let is_test = !quoted(held).is_empty();
        let is_said = [
            "not applicable:",
            "documented:",
            "by design:",
            "operator:",
            "open:",
        ]
        .iter()
        .any(|said| held.contains(said) && held.len() > said.len() + 10);
        faults.unless(is_test || is_said, || format!("{id}: {held:?} says neither test nor reason"));
    }
    faults.none();
}

#[test]
fn every_test_in_the_table_exists() {
    let mut faults = Faults::default();
    let tests = tests();
    for (id, held) in rows() {
        for name in quoted(&held) {
            let mut parts: Vec<&str> = name.split("::").collect();
            let test = parts.pop().unwrap_or_default();
            let module = parts.last().copied().unwrap_or_default();
            let is_in = |file: &String| {
                module.is_empty()
                    || file.contains(&format!("/{module}.rs"))
                    || file.contains(&format!("/{module}/"))
            };
            let is_test = tests.get(test).is_some_and(|files| files.iter().any(is_in));
            faults.unless(is_test, || format!("{id} names the test {name}, which there is not"));
        }
        for (_, rest) in held.match_indices("](").map(|(at, _)| held.split_at(at + 2)) {
            let link = rest.split([')', '#']).next().unwrap_or_default();
            let is_there = root().join("tests/security").join(link).exists();
            faults.unless(is_there, || format!("{id} links to {link}, which there is not"));
        }
    }
    faults.none();
}

#[test]
fn every_check_stands_beside_its_requirement() {
    let mut faults = Faults::default();
    let rows: BTreeMap<String, String> = rows().into_iter().collect();
    let mut checks = 0;
    for (test, files) in tests() {
        let is_ours = files.iter().any(|file| file.starts_with("tests/security/v"));
        if !is_ours {
            continue;
        }
        checks += 1;
        let numbers: Vec<&str> = test.trim_start_matches('v').split('_').take(3).collect();
        let held = rows.get(&numbers.join("."));
        let is_beside = test.starts_with('v') && held.is_some_and(|held| held.contains(&test));
        faults
            .unless(is_beside, || format!("{test} does not stand beside requirement {}", numbers.join(".")));
    }
    faults.unless(checks > 40, || format!("only {checks} checks"));
    faults.none();
}

#[test]
fn the_parts_of_the_code_that_a_requirement_forbids_are_forbidden() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("unsafe_code = \"deny\""), "1.4.1 and 1.4.3 are held by the language");
    // Certificates are looked at, wherever the server is the one who calls.
    let mut folders: Vec<PathBuf> = ["api", "commands"].iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                let careless = [
                    "danger_accept_invalid",
                    "dangerous_configuration",
                    "set_certificate_verifier",
                ];
                let found = careless.iter().find(|word| text.contains(**word));
                assert!(found.is_none(), "{} has {found:?}", path.display());
            }
        }
    }
}
